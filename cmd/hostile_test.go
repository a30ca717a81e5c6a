package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/op"
)

// run is what one command did.
type run struct {
	code           int
	stdout, stderr string
}

// player runs command lines in process. What is zero is a person who signs alice in at the browser, the network and the
// clock of this machine.
type player struct {
	secret, stdin string
	environ       []string
	browser       func(ctx context.Context, url string)
	now           func() time.Time
}

// play runs one.
func (p player) play(t *testing.T, args ...string) run {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{
		In: strings.NewReader(p.stdin), Out: &out, Err: &errs, GOOS: "linux", Now: p.now,
		Environ: append([]string{"HOME=" + t.TempDir(), "OAUTHCTL_CLIENT_SECRET=" + p.secret}, p.environ...),
		Browser: p.browser,
	}
	if app.Now == nil {
		app.Now = time.Now
	}
	if app.Browser == nil {
		app.Browser = func(ctx context.Context, url string) {
			atTheDoor(ctx, func(network http.RoundTripper) {
				_, _ = (&op.Robot{Transport: network}).SignIn(ctx, url, "alice", "wonderland")
			})
		}
	}
	return run{execute(t.Context(), app, args), out.String(), errs.String()}
}

// play runs a command line with the secret of web in the environment.
func play(t *testing.T, stdin string, args ...string) run {
	t.Helper()
	return playAs(t, webSecret, stdin, args...)
}

// playAs is play with another client's secret in the environment.
func playAs(t *testing.T, secret, stdin string, args ...string) run {
	t.Helper()
	return player{secret: secret, stdin: stdin}.play(t, args...)
}

const webSecret = "web-secret-for-tests-only-0123456789"

// patience is how long a command waits for an answer, and for a person.
type patience struct{ timeout, wait string }

// patient waits for what will come, however busy the machine is.
var patient = patience{"60s", "3m"}

// flowOf runs what a fault of that flow disturbs: a login, and after it what is done with its tokens.
func flowOf(t *testing.T, flow, issuer string, p patience) run {
	t.Helper()
	if got, ok := signedFlow(t, flow, issuer, p); ok {
		return got
	}
	common := []string{"--issuer", issuer, "--timeout", p.timeout, "-o", "json"}
	write := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	switch flow { // those that begin without a code
	case op.FlowDevice:
		return playAs(t, "", "", append(common, "token", "device", "--client-id", "device", "--wait", "60s")...)
	case op.FlowCIBA:
		return playAs(t, strings.Replace(webSecret, "web", "ciba", 1), "", append(common, "token", "ciba", "--client-id", "ciba",
			"--login-hint", "alice", "--wait", "60s")...)
	case op.FlowAssertion:
		kid, key := op.TestClientKey("ES256")
		return playAs(t, "", "", append(common, "token", "client-credentials", "--client-id", "web-jwt",
			"--client-key", write("key.pem", key), "--client-key-id", kid)...)
	case op.FlowRegistration, op.FlowManagement:
		register := append(slices.Clone(common), "client", "register", "--name", "Example", "--redirect-uri", "http://127.0.0.1/callback",
			"--auth-method", "client_secret_basic", "-s", "openid")
		first := playAs(t, "", "", register...)
		if flow == op.FlowRegistration || first.code != 0 {
			return first
		}
		return playAs(t, "", "", "client", "update", "--registration", write("client.json", first.stdout), "--name", "Other", "-o", "json", "--timeout", p.timeout)
	case op.FlowCertificate, op.FlowBound:
		certificate, key := op.TestCertificate("web-tls")
		client := map[string]string{op.FlowCertificate: "web-tls", op.FlowBound: "service-tls"}[flow]
		return playAs(t, "", "", append(common, "token", "client-credentials", "--client-id", client,
			"--cert", write("cert.pem", certificate), "--key", write("key.pem", key), "--cacert", write("ca.pem", op.TestCA()))...)
	}
	login := []string{
		"token", "auth-code", "--issuer", issuer, "--client-id", "web", "-s", "openid profile offline_access",
		"--timeout", p.timeout, "--wait", p.wait, "--max-age", "3600", "-o", "json",
	}
	_, key := op.TestClientKey("ES256")
	proving := []string{"--dpop-key", write("dpop.pem", key)}
	switch flow {
	case op.FlowPAR:
		return play(t, "", append(login, "--par", "always")...)
	case op.FlowDPoP:
		return play(t, "", slices.Concat(login, proving, []string{"--par", "always"})...)
	case op.FlowFAPI2:
		return playAs(t, "", "", append(login, underFAPI2(t)...)...)
	case op.FlowDPoPAPI:
		login = append(login, proving...)
	case op.FlowJARM:
		return play(t, "", append(login, "--response-mode", "jwt")...)
	case op.FlowDetails:
		return play(t, "", append(login, "--authorization-details",
			`[{"type":"payment_initiation","actions":["initiate","status"],"instructedAmount":{"currency":"EUR","amount":"123.50"}}]`)...)
	case op.FlowHybrid:
		return playAs(t, strings.Replace(webSecret, "web", "web-hybrid", 1), "",
			append(login, "--client-id", "web-hybrid", "--response-type", "code id_token token")...)
	case op.FlowObject:
		kid, key := op.TestClientKey("ES256")
		return playAs(t, "", "", append(login, "--client-id", "web-jwt", "--request-object",
			"--client-key", write("key.pem", key), "--client-key-id", kid)...)
	case op.FlowMessage:
		return play(t, "", append(login, "--response-mode", "web_message")...)
	}
	if flow == op.FlowCode {
		return play(t, "", login...)
	}
	first := play(t, "", append(login, "--timeout", patient.timeout, "--wait", patient.wait)...) // the fault comes after it
	if first.code != 0 {
		return first
	}
	var tokens struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		IDToken      string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(first.stdout), &tokens); err != nil {
		t.Fatal(err)
	}
	idToken := filepath.Join(t.TempDir(), "id_token")
	if err := os.WriteFile(idToken, []byte(tokens.IDToken), 0o600); err != nil {
		t.Fatal(err)
	}
	then := func(stdin, command string, flags ...string) run {
		args := append(strings.Fields(command), "--issuer", issuer, "--timeout", p.timeout, "-o", "json")
		return play(t, stdin, append(args, flags...)...)
	}
	switch flow {
	case op.FlowRefresh:
		return then(tokens.RefreshToken, "token refresh --client-id web --refresh-token-file -", "--id-token-file", idToken)
	case op.FlowUserInfo:
		return then(tokens.AccessToken, "userinfo --token-file -", "--id-token-file", idToken)
	case op.FlowDPoPAPI:
		return then(tokens.AccessToken, "userinfo --token-file -", proving...)
	case op.FlowStepUp:
		return play(t, tokens.AccessToken, "call", issuer+"/api?acr_values=gold&max_age=60", "--token-file", "-", "--step-up",
			"--issuer", issuer, "--client-id", "web", "--timeout", p.timeout, "--wait", p.wait, "-o", "json")
	case op.FlowIntrospection:
		return then(tokens.AccessToken, "introspect --client-id web --token-file -")
	case op.FlowRevocation:
		return then(tokens.AccessToken, "revoke --client-id web --token-file -")
	case op.FlowLogout:
		return then(tokens.IDToken, "logout --client-id web --id-token-file -", "--wait", p.wait)
	case op.FlowExchange:
		return playAs(t, strings.Replace(webSecret, "web", "exchange", 1), tokens.AccessToken,
			append(common, "token", "exchange", "--client-id", "exchange", "--subject-token-file", "-",
				"--requested-token-type", "access_token")...)
	}
	t.Fatalf("no command for the flow %s", flow)
	return run{}
}
