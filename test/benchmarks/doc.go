// Package benchmarks measures judging and planning on units of different sizes.
package benchmarks
