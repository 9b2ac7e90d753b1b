// Package acceptance holds the tests of cachegate as it is deployed: the real
// stacks, deployed by the real CDK command line to moto_server on loopback, and
// the real function binaries, which take their work through a Lambda Runtime API
// that the tests serve and talk to moto over AWS's own wire protocol.
//
// What moto cannot do, the tests add: moto/sitecustomize.py to moto itself, and in
// Go what AWS does between services (event source mappings, the Runtime API).
// A machine without moto_server, or without Node and npm, skips the tests and says
// what is missing; in CI (CI=true) that is a failure.
package acceptance
