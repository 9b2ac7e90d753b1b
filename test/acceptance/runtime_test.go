package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// function is a deployed Lambda function: the binary that was uploaded, running
// with the environment and the role of the template, and a Runtime API of our own
// from which it takes its work.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type function struct {
	arn string
	// timeout is what the template gives the function for one invocation.
	timeout time.Duration

	process *exec.Cmd
	server  *http.Server
	next    chan invocation
	current invocation
	ended   chan struct{}

	mu      sync.Mutex
	logs    bytes.Buffer
	counter int
}

type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	answer   chan answer
}

// answer is what a function gave back: a response or an error.
type answer struct {
	response, failure []byte
}

// start runs a binary with an environment.
func (f *function) start(binary string, environment []string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	f.next, f.ended = make(chan invocation), make(chan struct{})
	routes := http.NewServeMux()
	routes.HandleFunc("GET /2018-06-01/runtime/invocation/next", f.serveNext)
	routes.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", f.serveAnswer)
	routes.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", f.serveAnswer)
	f.server = &http.Server{Handler: routes} //nolint:gosec // loopback, for the time of a test
	go func() { _ = f.server.Serve(listener) }()
	f.process = exec.CommandContext(context.Background(), binary) // it outlives the test that starts it
	f.process.Env = slices.Concat(environment, []string{"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String()})
	f.process.Stdout, f.process.Stderr = (*logWriter)(f), (*logWriter)(f)
	if err := f.process.Start(); err != nil {
		return err
	}
	go func() {
		_ = f.process.Wait() // that it ended is all there is to know
		close(f.ended)
	}()
	return nil
}

func (f *function) stop() {
	if f.process != nil && f.process.Process != nil {
		_ = f.process.Process.Kill()
	}
	if f.server != nil {
		_ = f.server.Close()
	}
}

func (f *function) serveNext(w http.ResponseWriter, r *http.Request) {
	select {
	case f.current = <-f.next:
	case <-r.Context().Done():
		return
	}
	w.Header().Set("Lambda-Runtime-Aws-Request-Id", f.current.id)
	w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(f.current.deadline.UnixMilli(), 10))
	w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", f.arn)
	_, _ = w.Write(f.current.payload)
}

func (f *function) serveAnswer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.PathValue("id") != f.current.id {
		http.Error(w, "no such invocation", http.StatusBadRequest)
		return
	}
	a := answer{response: body}
	if strings.HasSuffix(r.URL.Path, "/error") {
		a = answer{failure: body}
	}
	w.WriteHeader(http.StatusAccepted)
	f.current.answer <- a
}

// invoke runs the function once, as Lambda does, with time until its deadline.
func (f *function) invoke(payload any, limit time.Duration) (answer, error) {
	data, err := json.Marshal(payload)
	if err != nil {
		return answer{}, err
	}
	f.counter++
	i := invocation{id: fmt.Sprintf("request-%d", f.counter), payload: data, deadline: time.Now().Add(limit), answer: make(chan answer, 1)}
	select {
	case f.next <- i:
	case <-f.ended:
		return answer{}, errors.New("the function ended")
	}
	select {
	case a := <-i.answer:
		return a, nil
	case <-f.ended:
		return answer{}, errors.New("the function ended")
	}
}

// logWriter keeps what the function writes.
type logWriter function

// Write implements io.Writer.
func (w *logWriter) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logs.Write(data)
}

// logged gives what the function wrote so far.
func (f *function) logged() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.logs.String()
}
