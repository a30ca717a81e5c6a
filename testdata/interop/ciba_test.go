package interop

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// desk is a client with a secret.
func desk(t *testing.T, p provider, more ...string) []string {
	t.Helper()
	return append([]string{"token", "ciba", "--issuer", p.Issuer, "--client-id", "desk", "--client-secret-file", write(t, p.Secret)}, more...)
}

// asked runs a backchannel request for a person, who answers it on the telephone meanwhile; it returns what the
// telephone was told, too.
func asked(t *testing.T, p provider, person, answer string, args ...string) (result, map[string]any) {
	t.Helper()
	return answered(t, p, person, answer, desk(t, p, append([]string{"--login-hint", person}, args...)...))
}

// answered is asked for any command that asks the person.
func answered(t *testing.T, p provider, person, answer string, command []string) (result, map[string]any) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Phone+"/"+person+"/"+answer, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan map[string]any, 1)
	go func() {
		defer close(told)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return // nobody was asked
		}
		defer func() { _ = response.Body.Close() }()
		var parameters map[string]any
		_ = json.NewDecoder(response.Body).Decode(&parameters)
		told <- parameters
	}()
	r := oauthctl(t, "", command...)
	if !strings.Contains(r.stderr, "asked: ") {
		cancel() // or nobody answers
	}
	return r, <-told
}

// TestCIBA asks somebody, who agrees (CIBA Core §7, §10.1).
func TestCIBA(t *testing.T) {
	t.Parallel() // each answer takes as long as the standard says
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
	t.Parallel()
	p := independent(t)
	r, _ := asked(t, p, "dave", "deny")
	if r.exit != 3 || r.stdout != "" || !strings.Contains(r.stderr, "access_denied") {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
}

// TestCIBAHints names somebody by an ID token of theirs, and by a token that the provider understands; the second time
// with a key to which the access token is bound.
func TestCIBAHints(t *testing.T) {
	t.Parallel()
	p := independent(t)
	r, _ := asked(t, p, "frank", "approve", "-s", "openid", "-o", "id-token")
	if r.exit != 0 {
		t.Fatalf("exit %d", r.exit)
	}
	r, _ = answered(t, p, "frank", "approve", desk(t, p, "--id-token-hint-file", write(t, strings.TrimSpace(r.stdout)), "-o", "claims"))
	if r.exit != 0 || !strings.Contains(r.stdout, "frank") {
		t.Errorf("by an ID token: exit %d, stdout %q", r.exit, r.stdout)
	}
	r, _ = answered(t, p, "grace", "approve", desk(t, p, "--login-hint-token-file", write(t, "hint-token-for-grace"), "--dpop", "-o", "header"))
	if r.exit != 0 || !strings.HasPrefix(r.stdout, "Authorization: DPoP ") {
		t.Errorf("by a token: exit %d, stdout %q", r.exit, r.stdout)
	}
}

// TestCIBASigned has the request signed, as the client is registered to (CIBA Core §7.1.1).
func TestCIBASigned(t *testing.T) {
	t.Parallel()
	p := independent(t)
	key := generate(t, "ES256")
	metadata := machine("private_key_jwt", public(t, key))
	metadata["grant_types"], metadata["backchannel_token_delivery_mode"] = []string{"urn:openid:params:grant-type:ciba"}, "poll"
	metadata["backchannel_authentication_request_signing_alg"] = "ES256"
	args := []string{"token", "ciba", "--issuer", p.Issuer, "--client-id", register(t, p.Issuer, metadata), "--client-key", key, "--login-hint", "heidi", "--binding-message", "W4SCT"}
	r, told := answered(t, p, "heidi", "approve", append(args, "--request-object"))
	if r.exit != 0 || told["binding_message"] != "W4SCT" {
		t.Errorf("exit %d, the telephone was told %v", r.exit, told)
	}
	refused(t, oauthctl(t, "", args...), "Request Object must be used by this client")
}

// TestCIBAExpired: the request ends at the provider before anybody decides.
func TestCIBAExpired(t *testing.T) {
	t.Parallel()
	p := independent(t)
	r := oauthctl(t, "", desk(t, p, "--login-hint", "ivan", "--requested-expiry", "6")...)
	if r.exit != 6 || r.stdout != "" {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
	refused(t, oauthctl(t, "", desk(t, p, "--login-hint", "ivan", "--binding-message", strings.Repeat("long ", 20))...), "invalid_binding_message")
}

// TestCIBANobody names somebody whom the provider does not know, and waits for somebody who never answers.
func TestCIBANobody(t *testing.T) {
	t.Parallel()
	p := independent(t)
	r := oauthctl(t, "", desk(t, p, "--login-hint", "nobody")...)
	if r.exit != 3 || r.stdout != "" || !strings.Contains(r.stderr, "unknown_user_id") {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
	r = oauthctl(t, "", desk(t, p, "--login-hint", "erin", "--wait", "1s")...)
	if r.exit != 6 || r.stdout != "" || !strings.Contains(r.stderr, "nobody decided within 1s") {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
}
