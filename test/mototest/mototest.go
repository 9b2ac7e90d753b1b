// Package mototest runs tests against moto_server, which speaks AWS's wire
// protocol from memory: real clients, real serialisation, real conditions. Only
// tests import it.
//
// These tests run when CACHEGATE_FULL is set (see package full).
// https://docs.getmoto.org/en/latest/docs/server_mode.html
package mototest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/cachegate/cachegate/test/full"
)

// Server is one moto_server for the tests of one binary. It starts when it is
// first asked for.
type Server struct {
	// Extensions is a folder with Python modules that moto_server can import; a
	// sitecustomize.py in it changes moto before it starts.
	Extensions string

	start   sync.Once
	stop    func()
	address string
	err     error
	// turn lets one request in at a time. DynamoDB carries out a write as one step;
	// moto checks its condition and writes in two, and another request may come between.
	turn sync.Mutex
	log  tail
}

// Said gives the last of what the server wrote: its requests, and its own errors.
func (s *Server) Said() string { return s.log.String() }

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

const tailBytes = 64 << 10

// Write implements io.Writer.
func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, data...)
	t.kept = t.kept[max(0, len(t.kept)-tailBytes):]
	return len(data), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}

// Run runs the tests of a binary and stops the server after them. It is what
// TestMain hands to os.Exit.
func (s *Server) Run(m *testing.M) int {
	code := m.Run()
	if s.stop != nil {
		s.stop()
	}
	return code
}

// Config gives a configuration with which clients reach the server.
func (s *Server) Config(tb testing.TB) aws.Config {
	tb.Helper()
	return aws.Config{
		Region:       "us-east-1",
		BaseEndpoint: aws.String("http://" + s.Address(tb)),
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
		HTTPClient:   &http.Client{Transport: s},
	}
}

// Address starts the server, unless it runs, and gives its host and port.
func (s *Server) Address(tb testing.TB) string {
	tb.Helper()
	full.Need(tb, full.Moto)
	s.start.Do(s.launch)
	if s.err != nil {
		tb.Fatalf("starting %s: %v", full.Moto.Name, s.err)
	}
	return s.address
}

// RoundTrip implements http.RoundTripper.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	return http.DefaultTransport.RoundTrip(r)
}

// launch starts the server on a free port and waits until it says that it listens.
func (s *Server) launch() {
	port, err := freePort()
	if err != nil {
		s.err = err
		return
	}
	s.address = "127.0.0.1:" + port
	command := exec.CommandContext(context.Background(), full.Moto.Name, "-H", "127.0.0.1", "-p", port) // it outlives the test that asks first
	if s.Extensions != "" {
		command.Env = append(os.Environ(), "PYTHONPATH="+s.Extensions)
	}
	said, err := command.StderrPipe()
	if err != nil {
		s.err = err
		return
	}
	if s.err = command.Start(); s.err != nil {
		return
	}
	s.stop = func() {
		_ = command.Process.Kill() // it keeps nothing
		_ = command.Wait()         // says that it was killed
	}
	ready := make(chan error, 1)
	go func() { ready <- s.listens(said) }()
	s.err = <-ready
}

// listens reads what the server says until it listens, and lets it go on talking.
func (s *Server) listens(said io.Reader) error {
	var all []string
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if strings.Contains(lines.Text(), "Running on") {
			go func() { _, _ = io.Copy(&s.log, said) }()
			return nil
		}
		all = append(all, lines.Text())
	}
	return fmt.Errorf("it ended before it listened: %s", strings.Join(all, "\n"))
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends at once
	if err != nil {
		return "", fmt.Errorf("looking for a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}
