package cmd

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/secret"
)

const (
	forgedIssuer = "https://id.example.com"
	forgedClient = "web"
)

// forged is a good token and the key set of its issuer; a case changes one thing of it.
type forged struct {
	key            *jose.PrivateKey
	alg            jose.Algorithm
	header, claims map[string]any
	payload        string // in place of the claims
	keys           []map[string]any
	shared         string              // the token is signed by it, with HS256
	after          func(string) string // changes the finished token
	kind           string
	flags          []string
	secret         string // in a file that --secret-file names
	fetched        bool   // the key set comes from its issuer
}

// forge makes one as an algorithm's key of the provider's test clients would sign it.
func forge(t *testing.T, alg jose.Algorithm, changes []func(*forged)) (*forged, string) {
	t.Helper()
	key := testKey(t, alg)
	now := time.Now().Unix()
	f := &forged{
		key: key, alg: alg, kind: "id",
		header: map[string]any{"alg": alg, "kid": "k1", "typ": "JWT"},
		claims: map[string]any{
			"iss": forgedIssuer, "sub": "alice", "aud": forgedClient, "iat": now, "exp": now + 3600, "nonce": "n-1",
		},
		keys: []map[string]any{publicKey(t, key, alg, "k1")},
	}
	for _, change := range changes {
		change(f)
	}
	header, err := json.Marshal(f.header)
	payload := []byte(f.payload)
	if f.payload == "" && err == nil {
		payload, err = json.Marshal(f.claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(f.key.Signer, f.alg, "k1")
	if f.shared != "" {
		signer = jose.NewSecretSigner(secret.New(f.shared), jose.HS256)
	}
	if err != nil {
		t.Fatal(err)
	}
	compact, err := signer.SignRaw(header, payload)
	if err != nil {
		t.Fatal(err)
	}
	if f.after != nil {
		compact = f.after(compact)
	}
	return f, compact
}

// testKey returns a key for an algorithm: a published one, so that none is made for most.
func testKey(t *testing.T, alg jose.Algorithm) *jose.PrivateKey {
	t.Helper()
	from := alg
	switch {
	case strings.HasPrefix(string(alg), "RS"), strings.HasPrefix(string(alg), "PS"):
		from = jose.RS256
	case alg == jose.Ed25519:
		from = jose.EdDSA
	}
	_, text := op.TestClientKey(from)
	var key *jose.PrivateKey
	var err error
	if text == "" {
		key, err = jose.GenerateKey(alg)
	} else {
		key, err = jose.ParsePrivateKey([]byte(text), secret.Secret{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publicKey(t *testing.T, key *jose.PrivateKey, alg jose.Algorithm, kid string) map[string]any {
	t.Helper()
	signer, err := jose.NewSigner(key.Signer, alg, kid)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(signer.PublicJWK())
	members := map[string]any{}
	if err == nil {
		err = json.Unmarshal(data, &members)
	}
	if err != nil {
		t.Fatal(err)
	}
	return members
}

// verifies verifies a token that was changed, against the key set of its issuer.
func verifies(alg jose.Algorithm, changes ...func(*forged)) proof {
	return does(func(t *testing.T) run {
		t.Helper()
		f, compact := forge(t, alg, changes)
		keys, err := json.Marshal(map[string]any{"keys": f.keys})
		if err != nil {
			t.Fatal(err)
		}
		from := saved(t, "keys.json", string(keys))
		if f.fetched {
			from = site(t, saying(string(keys)))
		}
		args := []string{
			"jwt", "verify", "--jwks", from, "--issuer", forgedIssuer,
			"--client-id", forgedClient, "--kind", f.kind, "-o", "json",
		}
		if f.secret != "" {
			args = append(args, "--secret-file", saved(t, "secret", f.secret))
		}
		return play(t, compact, append(args, f.flags...)...)
	})
}

func saved(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The changes. A nil value takes a member away.

func header(name string, value any) func(*forged) {
	return func(f *forged) { assign(f.header, name, value) }
}

func claim(name string, value any) func(*forged) {
	return func(f *forged) { assign(f.claims, name, value) }
}

func member(name string, value any) func(*forged) {
	return func(f *forged) { assign(f.keys[0], name, value) }
}

func assign(members map[string]any, name string, value any) {
	if members[name] = value; value == nil {
		delete(members, name)
	}
}

func fetched(f *forged) { f.fetched = true }

func beside(key map[string]any) func(*forged) {
	return func(f *forged) { f.keys = append([]map[string]any{key}, f.keys...) }
}

func payload(text string) func(*forged) { return func(f *forged) { f.payload = text } }

func flags(flags ...string) func(*forged) {
	return func(f *forged) { f.flags = append(f.flags, flags...) }
}

func kind(kind string) func(*forged) { return func(f *forged) { f.kind = kind } }

// byHMAC signs with a secret.
func byHMAC(shared string) func(*forged) {
	return func(f *forged) { f.shared, f.header["alg"] = shared, "HS256" }
}

// compact changes the finished token.
func compact(change func(string) string) func(*forged) {
	return func(f *forged) { f.after = change }
}

// inPlace is a token in place of the one that was made.
func inPlace(text string) func(*forged) { return compact(func(string) string { return text }) }

// signature changes the octets of the signature.
func signature(change func([]byte) []byte) func(*forged) {
	return compact(func(token string) string {
		cut := strings.LastIndexByte(token, '.') + 1
		octets, err := base64.RawURLEncoding.DecodeString(token[cut:])
		if err != nil {
			return token
		}
		return token[:cut] + encode(change(octets))
	})
}

// headed replaces the header as it is written, whatever it says.
func headed(text string) func(*forged) {
	return compact(func(token string) string {
		return encode([]byte(text)) + token[strings.IndexByte(token, '.'):]
	})
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// flipped alters every octet.
func flipped(b []byte) []byte {
	b = slices.Clone(b)
	for i := range b {
		b[i] ^= 0x5a
	}
	return b
}
