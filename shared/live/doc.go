// Package live finds a deployment from an operator's machine: it loads the AWS
// configuration that the credentials name, reads the outputs of the deployment's
// stack, and says in words what to do where that fails.
//
// It reads CloudFormation and nothing else, and writes nothing.
package live
