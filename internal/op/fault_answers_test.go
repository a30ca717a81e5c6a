package op

import (
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
)

// opened records a token that is encrypted for web-encrypted, as go-jose opens it: its header, and what is inside.
func (r *tape) opened(what, compact string) {
	parts := strings.Split(compact, ".")
	if len(parts) != 5 {
		r.say("%s: not encrypted", what)
		r.jwt(what, compact)
		return
	}
	raw, _ := base64.RawURLEncoding.DecodeString(parts[0])
	var header map[string]any
	_ = json.Unmarshal(raw, &header)
	if epk, ok := header["epk"].(map[string]any); ok {
		x, _ := epk["x"].(string)
		r.say("%s epk is zeroes: %v", what, strings.Trim(x, "A") == "")
		delete(header, "epk")
	}
	shown, _ := json.Marshal(header)
	r.say("%s header: %s", what, shown)
	r.say("%s tag: %d characters", what, len(parts[4]))
	object, err := gojose.ParseEncryptedCompact(compact,
		[]gojose.KeyAlgorithm{"ECDH-ES", "ECDH-ES+A128KW", "RSA1_5"}, []gojose.ContentEncryption{"A256GCM", "A128CBC-HS256"})
	if err != nil {
		r.say("%s: go-jose does not read it", what)
		return
	}
	alg, _ := header["alg"].(string)
	if alg == "RSA1_5" {
		alg = "RSA-OAEP"
	}
	_, text := TestDecryptionKey(alg)
	inner, err := object.Decrypt(privateKey(r.t, text))
	if err != nil {
		r.say("%s: go-jose does not open it", what)
		return
	}
	if strings.HasPrefix(string(inner), "{") {
		r.say("%s: bare claims inside", what)
		return
	}
	r.jwt(what, string(inner))
}

// of returns the tokens of alice at a client with a secret.
func (r *tape) of(client string) reply {
	code := r.authorize("client_id", client, "scope", "openid").Get("code")
	return r.do("POST", "/token", changed(redemption, "code", code, "client_id", client, "client_secret", r.clients[client].Secret.Reveal()))
}

func recordEncrypted(_ *testing.T, r *tape) {
	r.opened("id_token", str(r.of("web-encrypted"), "id_token"))
}

func recordEncryptedUserInfo(_ *testing.T, r *tape) {
	token := str(r.of("web-encrypted"), "access_token")
	r.opened("userinfo", r.ask("userinfo", "GET", "/userinfo", nil, "Authorization", "Bearer "+token).Body.String())
}

func recordSignedUserInfo(_ *testing.T, r *tape) {
	token := str(r.of("web-signed"), "access_token")
	r.jwt("userinfo", r.ask("userinfo", "GET", "/userinfo", nil, "Authorization", "Bearer "+token).Body.String())
}

func recordSignedIntrospection(_ *testing.T, r *tape) {
	token := r.tokens()["access_token"]
	var claims struct {
		ID string `json:"jti"`
	}
	_ = json.Unmarshal([]byte(claimsOf(token)), &claims)
	r.hide(claims.ID, "jti")
	form := url.Values{"token": {token}, "client_id": {"web"}, "client_secret": {r.clients["web"].Secret.Reveal()}}
	r.jwt("introspection", r.ask("introspection", "POST", "/introspect", form, "Accept", "application/token-introspection+jwt").Body.String())
}

// TestBomb inflates what must not be inflated.
func TestBomb(t *testing.T) {
	var s sealing
	bomb(nil, &s)
	out, err := io.ReadAll(flate.NewReader(strings.NewReader(string(s.plaintext))))
	if err != nil || len(out) < 32<<20 || strings.Trim(string(out), " ") != "" {
		t.Errorf("%d bytes become %d: %v", len(s.plaintext), len(out), err)
	}
	if len(s.plaintext) > 32<<10 || s.header.text("zip") != "DEF" {
		t.Errorf("%d bytes, zip %s", len(s.plaintext), s.header.text("zip"))
	}
}
