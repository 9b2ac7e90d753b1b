package full

import (
	"errors"
	"testing"
)

func TestWhetherATestRuns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		variables map[string]string
		want      string
		wantErr   string
	}{
		{name: "without the variable, whatever is installed", want: "set CACHEGATE_FULL=1 to run this test"},
		{name: "without the variable, in CI", variables: map[string]string{"CI": "true"}, want: "set CACHEGATE_FULL=1 to run this test"},
		{name: "switched off", variables: map[string]string{Variable: "0"}, want: "set CACHEGATE_FULL=1 to run this test"},
		{name: "a tool is missing", variables: map[string]string{Variable: "1"}, want: "moto_server is not on the PATH (pip install 'moto[server]')"},
		{
			name: "a tool is missing in CI", variables: map[string]string{Variable: "1", "CI": "true"},
			wantErr: "moto_server is not on the PATH (pip install 'moto[server]'): in CI this test must run",
		},
		{name: "neither 1 nor 0", variables: map[string]string{Variable: "yes please"}, wantErr: `CACHEGATE_FULL is "yes please": must be 1 or 0`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := check(func(name string) string { return c.variables[name] }, onlyNode, []Tool{Node, Moto})
			if got != c.want {
				t.Errorf("the reason to skip is %q, expected %q", got, c.want)
			}
			if text := errorText(err); text != c.wantErr {
				t.Errorf("the error is %q, expected %q", text, c.wantErr)
			}
		})
	}
	t.Run("with the variable and every tool", func(t *testing.T) {
		t.Parallel()
		for _, ci := range []string{"", "true"} {
			variables := map[string]string{Variable: "1", "CI": ci}
			if skip, err := check(func(name string) string { return variables[name] }, onlyNode, []Tool{Node}); skip != "" || err != nil {
				t.Errorf("with CI=%q it is skipped (%q) or fails (%v)", ci, skip, err)
			}
		}
	})
}

// onlyNode is a PATH on which there is Node.js alone.
func onlyNode(name string) (string, error) {
	if name == Node.Name {
		return "/usr/bin/node", nil
	}
	return "", errors.New("not found")
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
