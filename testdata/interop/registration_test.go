package interop

import (
	"encoding/json"
	"strings"
	"testing"
)

// registered is what a provider says of a client.
type registered struct {
	ID    string `json:"client_id"`
	Name  string `json:"client_name"`
	URI   string `json:"registration_client_uri"`
	Token string `json:"registration_access_token"`
}

// recorded reads what a client command printed, which nothing else may have shown.
func recorded(t *testing.T, r result) registered {
	t.Helper()
	var out registered
	if err := json.Unmarshal([]byte(r.stdout), &out); err != nil || r.exit != 0 || out.ID == "" || out.URI == "" || out.Token == "" {
		t.Fatalf("exit %d, %v: want a client and its token", r.exit, err)
	}
	if strings.Contains(r.stderr, out.Token) {
		t.Error("the registration access token was shown")
	}
	return out
}

// TestRegistration: a client is made, used, read, renamed and removed; the provider gives it a new token at each change.
func TestRegistration(t *testing.T) {
	t.Parallel()
	p := independent(t)
	key := generate(t, "ES256")
	made := oauthctl(t, "", "client", "register", "--issuer", p.Issuer, "--name", "Interop", "--grant-type", "client_credentials",
		"--auth-method", "private_key_jwt", "--client-key", key, "--metadata", `{"response_types":[],"redirect_uris":[]}`, "--trace")
	first := recorded(t, made)
	if first.Name != "Interop" {
		t.Errorf("the client is called %q", first.Name)
	}
	jwtFrom(t, p, oauthctl(t, "", credentials(p, first.ID, "--client-key", key)...), es256API)

	read := func(of result) []string {
		return []string{"--issuer", p.Issuer, "--registration", write(t, of.stdout), "--trace"}
	}
	if again := recorded(t, oauthctl(t, "", append([]string{"client", "read"}, read(made)...)...)); again != first {
		t.Errorf("the client is %v, want %v", again, first)
	}
	changed := oauthctl(t, "", append([]string{"client", "update", "--name", "Another"}, read(made)...)...)
	second := recorded(t, changed)
	if second.ID != first.ID || second.Name != "Another" || second.Token == first.Token {
		t.Errorf("the client is %s, called %q, with a new token: %v", second.ID, second.Name, second.Token != first.Token)
	}
	refused(t, oauthctl(t, "", append([]string{"client", "read"}, read(made)...)...), "invalid_token")

	jwtFrom(t, p, oauthctl(t, "", credentials(p, first.ID, "--client-key", key)...), es256API)
	if r := oauthctl(t, "", append([]string{"client", "delete"}, read(changed)...)...); r.exit != 0 || strings.Contains(r.stderr+r.stdout, second.Token) {
		t.Errorf("exit %d", r.exit)
	}
	refused(t, oauthctl(t, "", credentials(p, first.ID, "--client-key", key)...), "invalid_client")
	refused(t, oauthctl(t, "", append([]string{"client", "delete"}, read(changed)...)...), "invalid_token")
}

// TestRegisteredLogin: what was registered signs a person in.
func TestRegisteredLogin(t *testing.T) {
	t.Parallel()
	p := independent(t)
	out := recorded(t, oauthctl(t, "", "client", "register", "--issuer", p.Issuer, "--name", "Interop", "--application-type", "native",
		"--auth-method", "none", "--redirect-uri", "http://127.0.0.1/callback"))
	shown, r := visit(t, p, approve, "login", "--issuer", p.Issuer, "--client-id", out.ID, "--scope", "openid profile")
	settled(t, p, shown, r, 0)
}

// TestRegistrationRefused: metadata that the provider cannot take, and one that wants to know who asks.
func TestRegistrationRefused(t *testing.T) {
	t.Parallel()
	p := independent(t)
	args := []string{"client", "register", "--application-type", "native", "--auth-method", "none", "--issuer"}
	refused(t, oauthctl(t, "", append(args, p.Issuer, "--redirect-uri", "http://app.example.com/callback")...), "invalid_redirect_uri")
	refused(t, oauthctl(t, "", append(args, p.Issuer, "--redirect-uri", "http://127.0.0.1/callback", "--metadata", `{"id_token_signed_response_alg":"XX256"}`)...), "invalid_client_metadata")

	args = append(args, p.Pushed, "--redirect-uri", "http://127.0.0.1/callback")
	refused(t, oauthctl(t, "", args...), "invalid_token")
	refused(t, oauthctl(t, "", append(args, "--initial-access-token-file", write(t, "not-the-token"))...), "invalid_token")
	recorded(t, oauthctl(t, "", append(args, "--initial-access-token-file", write(t, p.Initial))...))
}
