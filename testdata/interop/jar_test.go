package interop

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// app is the registration of an application with a key, that sends people's browsers.
func app(t *testing.T, key string, more map[string]any) map[string]any {
	t.Helper()
	metadata := machine("private_key_jwt", public(t, key))
	metadata["application_type"], metadata["redirect_uris"] = "native", []string{"http://127.0.0.1/callback"}
	metadata["grant_types"], metadata["response_types"] = []string{"authorization_code", "refresh_token"}, []string{"code"}
	for name, value := range more {
		metadata[name] = value
	}
	return metadata
}

// signedOnly demands an address that says nothing outside of its request object.
func signedOnly(who person) person {
	return func(t *testing.T, b *tab, issuer, address string) final {
		t.Helper()
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		names := make([]string, 0, 2)
		for name := range u.Query() {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, repeated := range []string{"response_type", "scope"} { // OpenID Connect wants these outside as well (Core §6.1)
			names = slices.DeleteFunc(names, func(name string) bool { return name == repeated })
		}
		if want := []string{"client_id", "request"}; !slices.Equal(names, want) {
			t.Errorf("the address says %v, want %v", names, want)
		}
		return who(t, b, issuer, address)
	}
}

func TestRequestObject(t *testing.T) {
	t.Parallel()
	p := independent(t)
	for _, alg := range []string{"RS256", "PS256", "ES256", "EdDSA", "Ed25519"} {
		t.Run(alg, func(t *testing.T) {
			key := generate(t, alg)
			id := register(t, p.Issuer, app(t, key, map[string]any{"request_object_signing_alg": alg, "require_signed_request_object": true}))
			args := []string{"login", "--issuer", p.Issuer, "--client-id", id, "--client-key", key, "--client-key-alg", alg, "--scope", "openid profile", "--request-object"}
			shown, r := visit(t, p, signedOnly(approve), args...)
			settled(t, p, shown, r, 0)
			if !strings.Contains(r.stdout, "alice") {
				t.Errorf("the summary does not name who signed in: %s", r.stdout)
			}
		})
	}
	t.Run("HS256", func(t *testing.T) {
		args := append([]string{"login", "--issuer", p.Issuer, "--client-id", "basic", "--scope", "openid profile", "--request-object=HS256"}, secretFlags(t, p)...)
		shown, r := visit(t, p, signedOnly(approve), args...)
		settled(t, p, shown, r, 0)
	})
}

// TestRequestObjectPushed: and what the request says is in the object that was pushed.
func TestRequestObjectPushed(t *testing.T) {
	t.Parallel()
	p := independent(t)
	key, other := generate(t, "ES256"), generate(t, "ES256")
	required := map[string]any{"require_signed_request_object": true}
	id := register(t, p.Issuer, app(t, key, required))
	args := []string{
		"token", "auth-code", "--issuer", p.Issuer, "--client-id", id, "--client-key", key, "--par", "always", "--scope", "openid",
		"--claims", `{"id_token":{"email":{"essential":true}}}`, "--max-age", "600", "-o", "claims",
	}
	_, r := visit(t, p, pushedOnly(approve), append(args, "--request-object")...)
	if r.exit != 0 || !strings.Contains(r.stdout, "alice@example.com") || !strings.Contains(r.stdout, "auth_time") {
		t.Errorf("exit %d, want email and auth_time", r.exit)
	}
	t.Run("required, and not used", func(t *testing.T) {
		refused(t, oauthctl(t, "", args...), "Request Object must be used by this client")
	})
	t.Run("another key", func(t *testing.T) {
		metadata := app(t, other, required)
		metadata["token_endpoint_auth_method"], metadata["application_type"] = "none", "native"
		args := []string{
			"login", "--issuer", p.Issuer, "--client-id", register(t, p.Issuer, metadata), "--auth-method", "none",
			"--client-key", key, "--request-object", "--par", "always",
		}
		refused(t, oauthctl(t, "", args...), "could not validate Request Object")
	})
}

// TestRequestObjectRefused: the provider trusts nothing in what it cannot verify, but tells the one redirect URI that is
// registered.
func TestRequestObjectRefused(t *testing.T) {
	t.Parallel()
	p := independent(t)
	redirect := "http://" + free(t) + "/callback"
	metadata := app(t, generate(t, "ES256"), map[string]any{"application_type": "web", "redirect_uris": []string{redirect}})
	shown, r := visit(t, p, look, "login", "--issuer", p.Issuer, "--client-id", register(t, p.Issuer, metadata), "--redirect-uri", redirect,
		"--client-key", generate(t, "ES256"), "--request-object")
	settled(t, p, shown, r, 3)
	refused(t, r, "could not validate Request Object")
}

// TestRequestObjectEncrypted: to the key that the provider publishes for it.
func TestRequestObjectEncrypted(t *testing.T) {
	t.Parallel()
	p := independent(t)
	for _, alg := range []string{"RSA-OAEP-256", "ECDH-ES"} {
		t.Run(alg, func(t *testing.T) {
			key := generate(t, "ES256")
			id := register(t, p.Issuer, app(t, key, map[string]any{"require_signed_request_object": true}))
			encrypted := func(t *testing.T, b *tab, issuer, address string) final {
				t.Helper()
				u, err := url.Parse(address)
				if err != nil || strings.Count(u.Query().Get("request"), ".") != 4 {
					t.Errorf("the address is %s, want an encrypted request", address)
				}
				return approve(t, b, issuer, address)
			}
			shown, r := visit(t, p, signedOnly(encrypted), "login", "--issuer", p.Issuer, "--client-id", id, "--client-key", key,
				"--scope", "openid profile", "--request-object", "--request-object-encryption="+alg)
			settled(t, p, shown, r, 0)
		})
	}
}
