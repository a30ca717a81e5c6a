package cmd

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/op"
)

// idleRun runs a command line that is refused before anything is sent, and returns its exit code and what it said.
func idleRun(t *testing.T, environ, args []string) (code int, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{
		In: strings.NewReader(""), Out: &out, Err: &errs, GOOS: "linux", Now: time.Now,
		Environ:   append(environ, "HOME="+t.TempDir()),
		Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("sent") }),
	}
	return execute(t.Context(), app, args), errs.String()
}

// TestIdleFlags refuses what has no effect where it was typed, before anything is sent. In the environment, as in a
// profile, it may stand for another command.
func TestIdleFlags(t *testing.T) {
	dir := t.TempDir()
	_, pem := op.TestClientKey("ES256")
	for name, content := range map[string]string{"token": "opaque", "id": "e30.e30.", "key.pem": pem} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const (
		at       = " --issuer https://id.test --client-id web"
		logout   = "logout" + at
		register = "client register" + " --issuer https://id.test --redirect-uri http://127.0.0.1/callback "
		stated   = "client read --registration-client-uri https://id.test/c --registration-access-token-file {dir}/token"
	)
	for _, test := range []struct{ args, flag, value, why string }{
		{"token implicit" + at, "token-param", "a=b", "for the grant implicit"},
		{"token client-credentials" + at, "auth-param", "a=b", "for the grant client-credentials"},
		{"login --device" + at, "prompt", "none", "for the grant device"},
		{"token refresh --refresh-token-file {dir}/token" + at, "dpop-optional", "true", "where no token is bound"},
		{"login --dpop=none" + at, "dpop-key", "{dir}/key.pem", "beside --dpop=none"},
		{"userinfo --issuer https://id.test --token-file {dir}/token --dpop=none", "dpop-key", "{dir}/key.pem", "beside --dpop=none"},
		{"userinfo --issuer https://id.test --token-file {dir}/token --dpop=none", "dpop-key-password-file", "{dir}/token", "beside --dpop=none"},
		{"token client-credentials --client-key-command false --client-key-alg ES256" + at, "client-key-password-file", "{dir}/token", "for a key that a command"},
		{logout + " --refresh-token-file {dir}/token", "post-logout-redirect-uri", "none", "where no session"},
		{logout + " --token-file {dir}/token", "logout-hint", "alice", "where no session"},
		{register, "client-key-id", "a", "without a key"},
		{register + "--jwks {dir}/key.pem", "client-key", "{dir}/key.pem", "beside --jwks"},
		{register + "--jwks-uri https://app.test/keys", "client-key", "{dir}/key.pem", "beside the jwks_uri"},
		{register + `--metadata {"jwks":{"keys":[]}}`, "client-key", "{dir}/key.pem", "beside the jwks of --metadata"},
		{stated, "expect-issuer", "https://id.test", "where no provider is named"},
		{"client metadata https://app.test/client", "name", "x", "where the document at a URL is checked"},
		{"client metadata https://app.test/client", "client-id", "https://app.test/client", "where the document at a URL is checked"},
		{"serve --list-faults", "fault", "tok-slow", "beside --list-faults"},
		{"serve --list-faults", "addr", "127.0.0.1:1", "beside --list-faults"},
		{"test client --wait 1ms --fault tok-slow", "jobs", "2", "without --exec"},
		{"test client --wait 1ms --fault tok-slow", "each", "2s", "without --exec"},
	} {
		args := strings.Fields(strings.ReplaceAll(test.args, "{dir}", dir))
		value := strings.ReplaceAll(test.value, "{dir}", dir)
		want := "--" + test.flag + " has no meaning " + test.why
		code, stderr := idleRun(t, nil, append(args, "--"+test.flag+"="+value))
		if code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s --%s: exit %d\n%s", test.args, test.flag, code, stderr)
		}
		if _, stderr = idleRun(t, []string{envName(test.flag) + "=" + value}, args); strings.Contains(stderr, want) {
			t.Errorf("%s, with --%s in the environment: %s", test.args, test.flag, stderr)
		}
	}
}

// TestIdleLogin has every flag of call's login without --step-up. What the flags of the provider and the client say, each
// command may be told.
func TestIdleLogin(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("opaque"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, request := pflag.NewFlagSet("", pflag.ContinueOnError), pflag.NewFlagSet("", pflag.ContinueOnError)
	new(callOptions).loginFlags(all)
	new(grant.StepUp).Flags(request)
	count := 0
	all.VisitAll(func(f *pflag.Flag) {
		value, ok := map[string]string{"bool": "true", "int": "1", "duration": "1s"}[f.Value.Type()]
		if !ok {
			value = "x"
		}
		idle := f.Name == "header" || f.Name == "scope" || f.Name != "no-browser" && request.Lookup(f.Name) != nil
		if idle {
			count++
		}
		_, stderr := idleRun(t, nil, []string{"call", "https://api.test/", "--token-file", token, "--" + f.Name + "=" + value})
		if refused := strings.Contains(stderr, "--"+f.Name+" has no meaning without --step-up"); refused != idle {
			t.Errorf("--%s: %s", f.Name, stderr)
		}
	})
	if count < 12 {
		t.Errorf("%d flags of a login", count)
	}
}
