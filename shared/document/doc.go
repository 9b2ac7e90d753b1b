// Package document reads the YAML and JSON that people and tools write into a tree in which every value has its line,
// so that messages about a file can name it. Intents files and world files are read with it.
//
// It reads any YAML 1.2, and what tools of YAML 1.1 print: what PyYAML writes without quotes for a text is a text.
// Anchors, aliases and merge keys are unfolded. What may be written is bounded (Limits): a hostile file ends in an error
// that names it, quickly and in little memory.
//
// The package never opens a file and never judges what a file says. It is for the command line: Lambda code reads no
// YAML.
package document
