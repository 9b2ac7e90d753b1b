// Package acceptance holds the tests of cachegate as it is deployed: the real
// stacks, deployed by the real CDK command line to moto_server on loopback, and
// the real function binaries, which take their work through a Lambda Runtime API
// that the tests serve and talk to moto over AWS's own wire protocol.
//
// What moto cannot do, the tests add: moto/sitecustomize.py to moto itself, and in
// Go what AWS does between services (event source mappings, the Runtime API).
// They need moto_server, Node.js and npm, and run when CACHEGATE_FULL is set (see
// package full).
package acceptance
