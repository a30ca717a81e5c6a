package jose_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// keyed returns the keys of a vector file by the names of its vectors.
func keyed(t *testing.T, name string) map[string]json.RawMessage {
	t.Helper()
	file := load[struct {
		Vectors []struct {
			ID  string
			Key json.RawMessage
		}
	}](t, name)
	keys := map[string]json.RawMessage{}
	for _, v := range file.Vectors {
		keys[v.ID] = v.Key
	}
	return keys
}

// TestRFC7519 has a signed JWT, an unsecured one, an encrypted one, and one that is signed and then encrypted.
func TestRFC7519(t *testing.T) {
	file := load[struct {
		Vectors []struct {
			ID, JWT, JWE string
			Key          json.RawMessage
			KeyFrom      string `json:"key_from"`
			InnerKeyFrom string `json:"inner_key_from"`
		}
	}](t, "rfc/rfc7519-jwt.json")
	encryption, signatures := keyed(t, "rfc/rfc7516-jwe.json"), keyed(t, "rfc/rfc7515-jws.json")
	got := map[string]bool{}
	for _, v := range file.Vectors {
		switch {
		case v.JWE == "":
			got[v.ID] = outcome(t, v.JWT, v.Key)
		case v.InnerKeyFrom != "":
			inner, ok := opened(t, v.JWE, encryption[v.KeyFrom])
			got[v.ID] = ok && outcome(t, inner, signatures[v.InnerKeyFrom])
		default:
			inner, ok := opened(t, v.JWE, encryption[v.KeyFrom])
			got[v.ID] = ok && json.Valid([]byte(inner)) && strings.Contains(inner, `"iss":"joe"`)
		}
	}
	want := map[string]bool{"rfc7519-3.1": true, "rfc7519-6.1": false, "rfc7519-A.1": true, "rfc7519-A.2": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRFC7520Keys: every key of the cookbook is read as what it is, private ones alone as such, and written out the same.
func TestRFC7520Keys(t *testing.T) {
	file := load[struct {
		Vectors []struct {
			ID  string
			JWK json.RawMessage
		}
	}](t, "rfc/rfc7520-jwk.json")
	type reading struct {
		Type               string
		Published, Private bool
	}
	got := map[string]reading{}
	for _, v := range file.Vectors {
		set, err := jose.ParseLocalKeys(v.JWK)
		if err != nil || len(set.Keys) != 1 {
			t.Fatalf("%s: %v", v.ID, err)
		}
		public, err := jose.ParseKeySet(jwks(t, v.JWK))
		if err != nil {
			t.Fatal(err)
		}
		private, err := jose.ParsePrivateKey(v.JWK, secret.Secret{})
		got[v.ID] = reading{set.Keys[0].KeyType, len(public.Keys) == 1, err == nil}
		if err != nil {
			continue
		}
		out, err := private.JWK()
		if err != nil {
			t.Fatal(err)
		}
		var read, written map[string]string
		_, _ = json.Unmarshal(v.JWK, &read), json.Unmarshal([]byte(out.Reveal()), &written)
		delete(read, "use") // of a private key it says nothing
		if diff := cmp.Diff(read, written); diff != "" {
			t.Errorf("%s: %s", v.ID, diff)
		}
	}
	want := map[string]reading{
		"rfc7520-3.1": {"EC", true, false}, "rfc7520-3.2": {"EC", false, true}, "rfc7520-3.3": {"RSA", true, false},
		"rfc7520-3.4": {"RSA", false, true}, "rfc7520-3.5": {"oct", false, false}, "rfc7520-3.6": {"oct", false, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRFC7797: a payload that is not encoded is refused, whether it stands in its place or was left out: no JWT has one
// (RFC 7797 §7).
func TestRFC7797(t *testing.T) {
	file := load[struct {
		Key     json.RawMessage
		Vectors []struct {
			ID  string
			JWS struct{ Protected, Payload, Signature string } `json:"jws_json"`
		}
	}](t, "rfc/rfc7797-b64.json")
	got := map[string][2]bool{}
	for _, v := range file.Vectors {
		got[v.ID] = [2]bool{
			outcome(t, v.JWS.Protected+"."+v.JWS.Payload+"."+v.JWS.Signature, file.Key),
			outcome(t, v.JWS.Protected+".."+v.JWS.Signature, file.Key),
		}
	}
	if diff := cmp.Diff(map[string][2]bool{"rfc7797-4.1": {true, false}, "rfc7797-4.2": {false, false}}, got); diff != "" {
		t.Error(diff)
	}
	_, checks, err := jose.Inspect(file.Vectors[1].JWS.Protected + ".." + file.Vectors[1].JWS.Signature)
	if err != nil || status(checks, "jose.b64") != verdict.Fail {
		t.Errorf("%v, %v", checks, err)
	}
}
