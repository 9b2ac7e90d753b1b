package resource_test

import (
	"testing"

	"github.com/cachegate/cachegate/shared/resource"
)

func TestAnEndpointIsKnownForTheCacheItLeadsTo(t *testing.T) {
	for text, want := range map[string]string{
		"sessions.abc123.ng.0001.euw1.cache.amazonaws.com":                           "sessions",
		"sessions.abc123.ng.0001.euw1.cache.amazonaws.com:6379":                      "sessions",
		"rediss://app:secret@master.sessions.abc123.use1.cache.amazonaws.com:6379/0": "sessions",
		"Sessions-RO.abc123.ng.0001.euw1.cache.amazonaws.com.":                       "sessions",
		"replica.sessions.abc123.use1.cache.amazonaws.com":                           "sessions",
		"clustercfg.sessions.abc123.usgw1.cache.amazonaws.com":                       "sessions",
		"sessions.abc123.clustercfg.use1.cache.amazonaws.com":                        "sessions",
		"sessions-001.sessions.abc123.use1.cache.amazonaws.com":                      "sessions",
		"sessions-0001-002.sessions.abc123.use1.cache.amazonaws.com":                 "sessions",
		"sessions-001.abc123.0001.use1.cache.amazonaws.com":                          "sessions-001",
		"objects.abc123.cfg.use1.cache.amazonaws.com:11211":                          "objects",
		"carts-abc123.serverless.use1.cache.amazonaws.com:6380":                      "carts",
		"my-carts-x9y8z7.serverless.cnn1.cache.amazonaws.com.cn":                     "my-carts",
	} {
		if got, ok := resource.NameOfEndpoint(text); !ok || got != want {
			t.Errorf("%s is the endpoint of %q, %t, want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"sessions", "", "cache.amazonaws.com", ".cache.amazonaws.com", "euw1.cache.amazonaws.com", "sessions.example.com",
		"arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions", "sessions.abc.rds.amazonaws.com", "-.a.b.cache.amazonaws.com",
	} {
		if got, ok := resource.NameOfEndpoint(text); ok {
			t.Errorf("%q is taken for the endpoint of %q", text, got)
		}
	}
}
