package acceptance

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// gate stands before moto: every request of the CDK, the functions and the tests
// goes through it, one at a time. DynamoDB carries out a conditional write as one
// step, moto in two, between which another request could come.
type gate struct {
	URL   string
	turn  sync.Mutex
	proxy *httputil.ReverseProxy

	mu    sync.Mutex
	calls []call
	// refuse gives an error code for a call, or "".
	refuse func(call) string
}

// call is one request as it went over the wire.
type call struct {
	// Service and Operation are AWS's own: "ec2", "RevokeSecurityGroupIngress".
	Service, Operation string
	// AccessKey tells whose credentials signed it.
	AccessKey string
}

// openGate serves a gate on loopback. It must go by the name localhost: moto takes
// the bucket of a template's URL from the name before it.
func openGate(moto string) (*gate, func(), error) {
	target := &url.URL{Scheme: "http", Host: strings.Replace(moto, "127.0.0.1", "localhost", 1)}
	g := &gate{proxy: httputil.NewSingleHostReverseProxy(target)}
	g.proxy.ErrorLog = nil
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends at once
	if err != nil {
		return nil, nil, err
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	g.URL = "http://localhost:" + port
	server := &http.Server{Handler: g} //nolint:gosec // loopback, for the time of a test
	go func() { _ = server.Serve(listener) }()
	return g, func() { _ = server.Close() }, nil
}

var signer = regexp.MustCompile(`Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/`)

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c := describe(r, body)
	g.mu.Lock()
	g.calls = append(g.calls, c)
	refuse := g.refuse
	g.mu.Unlock()
	if refuse != nil {
		if code := refuse(c); code != "" {
			answerRefusal(w, r, code)
			return
		}
	}
	g.turn.Lock()
	defer g.turn.Unlock()
	g.proxy.ServeHTTP(w, r)
}

func describe(r *http.Request, body []byte) call {
	c := call{}
	if m := signer.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		c.AccessKey, c.Service = m[1], m[2]
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		c.Operation = target[strings.LastIndex(target, ".")+1:]
		return c
	}
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
		c.Operation = form.Get("Action")
		return c
	}
	c.Operation = r.Method + " " + r.URL.Path
	return c
}

// answerRefusal answers as the service of a call does.
func answerRefusal(w http.ResponseWriter, r *http.Request, code string) {
	if r.Header.Get("X-Amz-Target") != "" {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"`+code+`","message":"the test refuses this call"}`)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(w, `<Response><Errors><Error><Code>`+code+`</Code><Message>the test refuses this call</Message></Error></Errors><RequestID>test</RequestID></Response>`)
}

// refusing lets calls be refused until the test ends.
func (g *gate) refusing(t *testing.T, refuse func(call) string) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refuse = refuse
	t.Cleanup(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.refuse = nil
	})
}

// since gives the calls after the first n.
func (g *gate) since(n int) []call {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]call(nil), g.calls[n:]...)
}

// count gives how many calls there were so far.
func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.calls)
}

// writesSince gives the calls after the first n that change EC2's network with the
// credentials of the reconcile function or of a role that it assumed.
func (s *stack) writesSince(n int) []string {
	var out []string
	for _, c := range s.gate.since(n) {
		reads := strings.HasPrefix(c.Operation, "Describe") || strings.HasPrefix(c.Operation, "Get") || strings.HasPrefix(c.Operation, "Search")
		if c.Service == "ec2" && !reads && !s.isTester(c.AccessKey) {
			out = append(out, c.Operation)
		}
	}
	return out
}
