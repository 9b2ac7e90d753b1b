package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	root       = "../.."
	hubStack   = "Cachegate"
	spokeStack = "CachegateSpoke"
)

// cdk is the CDK's command line, in the version that infra/package.json pins.
type cdk struct {
	folder string
	stack  *stack
}

// install puts the command line where the README's command puts it, unless it is there.
func (c cdk) install(ctx context.Context) error {
	if _, err := os.Stat(c.program()); err == nil {
		return nil
	}
	out, err := exec.CommandContext(ctx, "npm", "ci", "--prefix", filepath.Join(root, "infra"), "--no-audit", "--no-fund").CombinedOutput()
	if err != nil {
		return fmt.Errorf("npm ci --prefix infra: %w\n%s", err, out)
	}
	return nil
}

func (c cdk) program() string {
	path, _ := filepath.Abs(filepath.Join(root, "infra", "node_modules", ".bin", "cdk"))
	return path
}

// run runs the command line with somebody's credentials, and gives what it printed.
func (c cdk) run(ctx context.Context, cfg aws.Config, args ...string) (string, error) {
	command := exec.CommandContext(ctx, c.program(), args...) //nolint:gosec // our own arguments
	command.Dir = root
	credentials, err := c.stack.environment(ctx, cfg)
	if err != nil {
		return "", err
	}
	command.Env = append(append(os.Environ(), credentials...), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1", "NODE_NO_WARNINGS=1", "CI=true")
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cdk %v: %w\n%s", args, err, out)
	}
	return string(out), nil
}

// architecture is what this machine runs, so that it can run what is deployed.
func architecture() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "x86_64"
}

// deployHub deploys the hub and gives its outputs.
func (c cdk) deployHub(ctx context.Context) (map[string]string, error) {
	cfg, err := c.stack.configOf(ctx, hubAccount)
	if err != nil {
		return nil, err
	}
	outputs := filepath.Join(c.folder, "outputs.json")
	synthesised := filepath.Join(c.folder, "hub")
	for _, args := range [][]string{
		{
			"synth", hubStack, "--quiet", "--output", synthesised,
			"-c", "architecture=" + architecture(), "-c", "regions=" + homeRegion + "," + farRegion, "-c", "spokeAccounts=" + spokeAccount, "-c", "teams=orders=" + teamsCluster,
		},
		{"bootstrap", "aws://" + hubAccount + "/" + homeRegion, "--output", filepath.Join(c.folder, "bootstrap")},
		{"deploy", hubStack, "--app", synthesised, "--require-approval", "never", "--outputs-file", outputs},
	} {
		printed, runErr := c.run(ctx, cfg, args...)
		if runErr != nil {
			return nil, runErr
		}
		c.stack.printed[args[0]] = printed
	}
	data, err := os.ReadFile(outputs)
	if err != nil {
		return nil, err
	}
	var all map[string]map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	return all[hubStack], nil
}

// deploySpokes deploys the spoke in the other account.
func (c cdk) deploySpokes(ctx context.Context) error {
	cfg, err := c.stack.configOf(ctx, spokeAccount)
	if err != nil {
		return err
	}
	synthesised := filepath.Join(c.folder, "spoke")
	for _, args := range [][]string{
		{"synth", spokeStack, "--quiet", "--output", synthesised, "-c", "hubAccount=" + hubAccount, "-c", "hubRegion=" + homeRegion},
		{"bootstrap", "aws://" + spokeAccount + "/" + homeRegion, "--app", synthesised},
		{"deploy", spokeStack, "--app", synthesised, "--require-approval", "never"},
	} {
		if _, err := c.run(ctx, cfg, args...); err != nil {
			return err
		}
	}
	return nil
}

func TestTheCDKSaysWhatItCompilesAndCompilesItOnce(t *testing.T) {
	s := hub(t)
	for command, want := range map[string]map[string]int{
		"synth":     {"compiling the CDK app": 1, "compiling functions/dispatch for ": 1, "compiling functions/reconcile for ": 1},
		"bootstrap": {"compiling the CDK app": 1, "compiling functions/": 0},
	} {
		for line, times := range want {
			if got := strings.Count(s.printed[command], line); got != times {
				t.Errorf("cdk %s says %d times %q, expected %d:\n%s", command, got, line, times, s.printed[command])
			}
		}
	}
}
