package interop

import (
	"strings"
	"testing"
)

// TestCertificateBound: the client has no secret, and its tokens are bound to its certificate all the same (RFC 8705 §4).
func TestCertificateBound(t *testing.T) {
	t.Parallel()
	p := independent(t)
	own, other := client(t, nil, "bound"), client(t, nil, "other")
	args := []string{"token", "auth-code", "--issuer", p.Issuer, "--client-id", "bound", "--auth-method", "none"}
	_, r := visit(t, p, approve, append(append(args, "--scope", "openid read", "--resource", es256API), own.flags(p.CA)...)...)
	if out := jwtFrom(t, p, r, es256API); out.Claims["cnf"].(map[string]any)["x5t#S256"] != own.x5t() {
		t.Errorf("the token is bound to %v, want %s", out.Claims["cnf"], own.x5t())
	}

	_, r = visit(t, p, approve, append(append(args, "--scope", "openid"), own.flags(p.CA)...)...)
	if r.exit != 0 {
		t.Fatalf("exit %d", r.exit)
	}
	me := []string{"userinfo", "--issuer", p.Issuer, "--token-file", write(t, strings.TrimSpace(r.stdout)), "--expect-sub", "alice"}
	if r := oauthctl(t, "", append(me, own.flags(p.CA)...)...); r.exit != 0 || !strings.Contains(r.stdout, "alice") {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
	refused(t, oauthctl(t, "", append(me, other.flags(p.CA)...)...), "invalid_token")
	refused(t, oauthctl(t, "", me...), "invalid_token")

	_, r = visit(t, p, approve, append(args, "--scope", "openid")...)
	if r.exit == 0 || r.stdout != "" || !strings.Contains(r.stderr, "invalid_grant") {
		t.Errorf("without a certificate: exit %d, stdout %q", r.exit, r.stdout)
	}
}
