package acceptance

import (
	"bytes"
	"context"
	"fmt"
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
	// roles are the roles behind access keys, as STS gave them away.
	roles map[string]string
	moto  string
	// beyond are the calls that moto cannot answer, with what it said.
	beyond map[call]string
}

// call is one request as it went over the wire.
type call struct {
	// Service and Operation are AWS's own: "ec2", "RevokeSecurityGroupIngress".
	Service, Operation string
	// AccessKey signed it; Role is the role that its credentials are of.
	AccessKey, Role string
}

// openGate serves a gate on loopback. It must go by the name localhost: moto takes
// the bucket of a template's URL from the name before it.
func openGate(moto string) (*gate, func(), error) {
	target := &url.URL{Scheme: "http", Host: strings.Replace(moto, "127.0.0.1", "localhost", 1)}
	g := &gate{proxy: httputil.NewSingleHostReverseProxy(target), beyond: map[call]string{}, roles: map[string]string{}, moto: target.String()}
	g.proxy.ModifyResponse = g.notice
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	g.URL = "http://localhost:" + port
	server := &http.Server{Handler: g} //nolint:gosec // loopback, for the time of a test
	go func() { _ = server.Serve(listener) }()
	return g, func() { _ = server.Close() }, nil
}

// asked is the key of a request's call in its context.
type asked struct{}

// notice notes what moto cannot answer: it says so with a page and status 500,
// which the SDK takes for a passing trouble and repeats.
//
// It also notes whose credentials STS gives away.
func (g *gate) notice(r *http.Response) error {
	c, _ := r.Request.Context().Value(asked{}).(call)
	gave := c.Operation == "AssumeRole"
	if r.StatusCode < http.StatusInternalServerError && !gave {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	g.mu.Lock()
	defer g.mu.Unlock()
	if key, role := accessKey.FindSubmatch(body), assumedRole.FindSubmatch(body); gave && key != nil && role != nil {
		g.roles[string(key[1])] = string(role[1])
	}
	if r.StatusCode >= http.StatusInternalServerError {
		c.AccessKey = ""
		g.beyond[c] = string(body)
	}
	return nil
}

var (
	accessKey   = regexp.MustCompile(`<AccessKeyId>([^<]+)<`)
	assumedRole = regexp.MustCompile(`<Arn>([^<]+:assumed-role/[^/<]+)/`)
)

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
	c.Role = g.roles[c.AccessKey]
	g.calls = append(g.calls, c)
	refuse := g.refuse
	g.mu.Unlock()
	if refuse != nil {
		if code := refuse(c); code != "" {
			answerRefusal(w, r, code)
			return
		}
	}
	if c.Service == "sts" {
		// The answer is read for whose credentials it holds, so it must come as it is.
		r.Header.Set("Accept-Encoding", "identity")
	}
	g.turn.Lock()
	defer g.turn.Unlock()
	g.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), asked{}, c)))
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

// writesSince gives the calls after the first n by which cachegate changed EC2's network.
func (g *gate) writesSince(n int) []string {
	var out []string
	for _, c := range g.since(n) {
		reads := strings.HasPrefix(c.Operation, "Describe") || strings.HasPrefix(c.Operation, "Get") || strings.HasPrefix(c.Operation, "Search")
		if c.Service == "ec2" && !reads && !c.byTester() {
			out = append(out, c.Operation)
		}
	}
	return out
}

// changesSince gives the calls after the first n that change EC2's network or a
// table, whoever made them.
func (g *gate) changesSince(n int) []string {
	var out []string
	for _, c := range g.since(n) {
		for _, verb := range []string{"Put", "Update", "Delete", "Transact", "BatchWrite", "Authorize", "Revoke", "Create", "Modify", "Replace", "Send", "Publish"} {
			if strings.HasPrefix(c.Operation, verb) && c.Service != "sts" {
				out = append(out, c.Service+":"+c.Operation)
			}
		}
	}
	return out
}

// byTester says whether a call is one of the tests' own, and not of cachegate.
func (c call) byTester() bool { return c.Role == "" || strings.HasSuffix(c.Role, "/"+testerRole) }

// authorising has moto check the actions of policies, as IAM does,
// while something is done. It checks no conditions.
// https://docs.getmoto.org/en/latest/docs/iam.html
func (g *gate) authorising(do func()) error {
	if err := g.authorise("0"); err != nil {
		return err
	}
	do()
	return g.authorise("inf")
}

// authorise says after how many calls moto begins to check.
func (g *gate) authorise(after string) error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, g.moto+"/moto-api/reset-auth", strings.NewReader(after))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("moto does not switch authorisation: %s", response.Status)
	}
	return response.Body.Close()
}

// within fails the test where moto could not answer a call: what the functions then
// do shows nothing. Such a gap is closed in moto/extensions.py.
func (g *gate) within(t *testing.T) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	for c, said := range g.beyond {
		delete(g.beyond, c)
		t.Errorf("moto cannot answer %s of %s:\n%s\n%s", c.Operation, c.Service, said, deployed.moto.Said())
	}
}
