// Package pages tests what people read in the repository: every command of every
// page runs as it is written, every output is what the command prints, every
// picture is what cachegate draws, and every link leads somewhere.
//
// # How to write a page
//
// A block of commands has the language sh. Each line is run, one after the other,
// in one folder for the page that has copies of shared/examples and
// events/samples at their places. A line must end with the exit status 0, or with
// the one that its comment names:
//
//	cachegate plan --world world.yaml --intents intents.yaml   # exit status 1: there is something to do
//
// The line above a block may say more of it:
//
//	<!-- not run: REASON -->     the commands need what a test has not, such as an AWS account
//	<!-- test command -->        .ci/run runs the block, in README.md
//	<!-- file: NAME -->          the block's text is written to this file, for the commands below
//	<!-- output of: COMMAND -->  the lines of the block stand in the output of the command, in this order
package pages
