package cmd

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

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
		verify   = "jwt verify e30.e30. --issuer https://id.test "
		cidaas   = " --provider cidaas --var tenant=acme --var tld=de"
		local    = "jwt verify e30.e30. --jwks {dir}/key.pem "
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
		{logout + " --token-file {dir}/token", "ui-locales", "de", "where no session"},
		{logout + " --token-file {dir}/token", "no-browser", "true", "where no session"},
		{logout, "decryption-key", "{dir}/key.pem", "where no ID token"},
		{logout + " --token-file {dir}/token", "decryption-algs", "dir,A128GCM", "where no ID token"},
		{local, "metadata-url", "https://id.test/m", "beside --jwks and --secret-file"},
		{local, "endpoint", "jwks=https://id.test/k", "beside --jwks and --secret-file"},
		{"jwt verify e30.e30. --secret-file {dir}/token", "endpoint", "jwks=https://id.test/k", "beside --jwks and --secret-file"},
		{local, "header", "A: b", "where nothing is fetched"},
		{verify + "--kind id", "strict", "true", "for --kind id"},
		{verify + "--client-id web --kind access", "trust-aud", "x", "for --kind access"},
		{verify + "--client-id web --kind jarm", "allow-azp", "x", "for --kind jarm"},
		{verify + "--kind dpop", "audience", "x", "for --kind dpop"},
		{verify + "--kind id --client-id web", "audience", "x", "for --kind id\nhint: leave one of them out; such a token is for the client"},
		{verify, "trust-aud", "x", "where no client is named"},
		{verify, "allow-azp", "x", "where no client is named"},
		{"jwks https://id.test", "issuer", "https://b.test", "beside the argument"},
		{"discover https://id.test --provider cidaas", "var", "tenant=acme", "beside the argument"},
		{"discover --issuer https://id.test --provider cidaas", "var", "tenant=acme", "beside --issuer"},
		{"discover --metadata-url https://id.test/m --provider cidaas", "var", "tenant=acme", "beside --metadata-url"},
		{"discover https://id.test -o json", "endpoint", "token=https://id.test/t", "for -o json"},
		{register, "client-key-id", "a", "without a key"},
		{register + "--jwks {dir}/key.pem", "client-key", "{dir}/key.pem", "beside --jwks"},
		{register + "--jwks-uri https://app.test/keys", "client-key", "{dir}/key.pem", "beside the jwks_uri"},
		{register + `--metadata {"jwks":{"keys":[]}}`, "client-key", "{dir}/key.pem", "beside the jwks of --metadata"},
		{stated, "expect-issuer", "https://id.test", "where no provider is named"},
		{"client metadata https://app.test/client", "name", "x", "where the document at a URL is checked"},
		{"client metadata https://app.test/client", "client-id", "https://app.test/client", "where the document at a URL is checked"},
		{"token client-credentials" + at, "show-secrets", "true", "without --trace or --har"},
		{"serve --list-faults", "fault", "tok-slow", "beside --list-faults"},
		{"serve --list-faults", "addr", "127.0.0.1:1", "beside --list-faults"},
		{"test client --wait 1ms --fault tok-slow", "jobs", "2", "without --exec"},
		{"test client --wait 1ms --fault tok-slow", "each", "2s", "without --exec"},
		{"introspect --token-file {dir}/token" + at, "dpop", "ES256", ""},
	} {
		args := strings.Fields(strings.ReplaceAll(test.args, "{dir}", dir))
		value := strings.ReplaceAll(test.value, "{dir}", dir)
		want := "--" + test.flag + " has no meaning " + test.why
		if test.why == "" {
			want = "--dpop without --dpop-key"
		}
		code, stderr := idleRun(t, nil, append(args, "--"+test.flag+"="+value))
		if code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s --%s: exit %d\n%s", test.args, test.flag, code, stderr)
		}
		if _, stderr = idleRun(t, []string{envName(test.flag) + "=" + value}, args); strings.Contains(stderr, want) {
			t.Errorf("%s, with --%s in the environment: %s", test.args, test.flag, stderr)
		}
	}
}

// TestIdleLogin has the flags of call that are about a login without --step-up, every one.
func TestIdleLogin(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("opaque"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(callOptions).loginFlags(all)
	count := 0
	all.VisitAll(func(f *pflag.Flag) {
		value, ok := map[string]string{"bool": "true", "int": "1", "duration": "1s"}[f.Value.Type()]
		if !ok {
			value = "x"
		}
		idle := !slices.Contains(strings.Fields("step-up issuer provider var client-id dpop dpop-key dpop-key-password-file fapi2"), f.Name)
		if idle {
			count++
		}
		_, stderr := idleRun(t, nil, []string{"call", "https://api.test/", "--token-file", token, "--" + f.Name + "=" + value})
		if refused := strings.Contains(stderr, "--"+f.Name+" has no meaning without --step-up"); refused != idle {
			t.Errorf("--%s: %s", f.Name, stderr)
		}
	})
	if count < 30 {
		t.Errorf("%d flags of a login", count)
	}
}
