package interop

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// asked runs a backchannel request for a person, who answers it on the telephone meanwhile; it returns what the
// telephone was told, too.
func asked(t *testing.T, p provider, person, answer string, args ...string) (result, map[string]any) {
	t.Helper()
	told := make(chan []byte, 1)
	go func() {
		defer close(told)
		response, err := http.Post(p.Phone+"/"+person+"/"+answer, "", nil) //nolint:noctx // it ends with the test
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = response.Body.Close() }()
		body, _ := io.ReadAll(response.Body)
		told <- body
	}()
	r := oauthctl(t, "", append([]string{
		"token", "ciba", "--issuer", p.Issuer, "--client-id", "desk", "--client-secret-file", write(t, p.Secret),
		"--login-hint", person,
	}, args...)...)
	var parameters map[string]any
	if err := json.Unmarshal(<-told, &parameters); err != nil {
		t.Fatal(err)
	}
	return r, parameters
}

// TestCIBA asks somebody, who agrees (CIBA Core §7, §10.1).
func TestCIBA(t *testing.T) {
	p := independent(t)
	r, told := asked(t, p, "carol", "approve", "-s", "openid email", "--binding-message", "pay-42", "-o", "claims")
	var claims map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &claims); err != nil || r.exit != 0 || claims["sub"] != "carol" {
		t.Errorf("exit %d, %v", r.exit, claims)
	}
	if told["binding_message"] != "pay-42" || told["login_hint"] != "carol" || told["scope"] != "openid email" {
		t.Errorf("the telephone was told %v", told)
	}
	if !strings.Contains(r.stderr, "asked: carol\nmessage: pay-42\n") {
		t.Error(r.stderr)
	}
}

// TestCIBADeclined asks somebody, who refuses (CIBA Core §11).
func TestCIBADeclined(t *testing.T) {
	p := independent(t)
	r, _ := asked(t, p, "dave", "deny")
	if r.exit != 3 || r.stdout != "" || !strings.Contains(r.stderr, "access_denied") {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
}

// TestCIBANobody names somebody whom the provider does not know, and waits for somebody who never answers.
func TestCIBANobody(t *testing.T) {
	p := independent(t)
	args := []string{"token", "ciba", "--issuer", p.Issuer, "--client-id", "desk", "--client-secret-file", write(t, p.Secret)}
	r := oauthctl(t, "", append(args, "--login-hint", "nobody")...)
	if r.exit != 3 || r.stdout != "" || !strings.Contains(r.stderr, "unknown_user_id") {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
	r = oauthctl(t, "", append(args, "--login-hint", "erin", "--wait", "1s")...)
	if r.exit != 6 || r.stdout != "" || !strings.Contains(r.stderr, "nobody decided within 1s") {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
}
