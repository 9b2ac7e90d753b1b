// Command cachegate is the operator's command line; see package cli for what it does.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/cachegate/cachegate/shared/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
	stop()
	os.Exit(status)
}
