package interop

import (
	"encoding/json"
	"reflect"
	"testing"
)

const (
	readAccounts  = `[{"type":"accounts","actions":["read"]}]`
	writeAccounts = `[{"type":"accounts","actions":["read","write"]}]`
	payment       = `[{"type":"payment","amount":"12.00"}]`
)

// TestAuthorizationDetails: the provider grants what is asked but never to write, and adds who pays (RFC 9396 §7).
func TestAuthorizationDetails(t *testing.T) {
	t.Parallel()
	p := independent(t)
	machine := credentials(p, "service", append(secretFlags(t, p), "--authorization-details")...)
	person := []string{"token", "auth-code", "--issuer", p.Issuer, "--client-id", "public", "--resource", es256API, "--scope", "openid read", "--authorization-details"}
	for name, run := range map[string]func(*testing.T, ...string) result{
		"client-credentials": func(t *testing.T, more ...string) result {
			t.Helper()
			return oauthctl(t, "", append(machine, more...)...)
		},
		"auth-code": func(t *testing.T, more ...string) result {
			t.Helper()
			_, r := visit(t, p, approve, append(person, more...)...)
			return r
		},
		"auth-code, pushed": func(t *testing.T, more ...string) result {
			t.Helper()
			_, r := visit(t, p, pushedOnly(approve), append(append(person, more...), "--par", "always")...)
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			out := jwtFrom(t, p, run(t, readAccounts), es256API)
			var want any
			if err := json.Unmarshal([]byte(readAccounts), &want); err != nil || !reflect.DeepEqual(out.Claims["authorization_details"], want) {
				t.Errorf("the token is for %v, want %v", out.Claims["authorization_details"], want)
			}
			if r := run(t, writeAccounts); r.exit != 4 || r.stdout != "" {
				t.Errorf("less than was asked for: exit %d, want 4", r.exit)
			}
			jwtFrom(t, p, run(t, payment), es256API)
		})
	}
	for name, details := range map[string]string{"incomplete": `[{"type":"payment"}]`, "unknown": `[{"type":"rockets"}]`} {
		t.Run(name, func(t *testing.T) {
			refused(t, oauthctl(t, "", append(machine, details)...), "invalid_authorization_details")
			refused(t, oauthctl(t, "", append(person, details, "--par", "always")...), "invalid_authorization_details")
		})
	}
}
