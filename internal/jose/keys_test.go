package jose_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"sync"
	"testing"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// rsaKey is the published key of RFC 7515 appendix A.2: making one takes a tenth of a second.
var rsaKey = sync.OnceValue(func() crypto.Signer {
	key, err := jose.ParsePrivateKey([]byte(rfc7515RSA), secret.Secret{})
	if err != nil {
		panic(err)
	}
	return key.Signer
})

const rfc7515RSA = `{"kty":"RSA",
"n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
"e":"AQAB",
"d":"Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
"p":"4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
"q":"uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"}`

// The keys of elliptic curves are the same in every process: a fuzz worker must verify what another one signed.
var ecKeys = sync.OnceValue(func() map[string]crypto.Signer {
	out := map[string]crypto.Signer{}
	for _, c := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.ParseRawPrivateKey(c, bytes.Repeat([]byte{1}, (c.Params().BitSize+7)/8))
		if err != nil {
			panic(err)
		}
		out[c.Params().Name] = key
	}
	return out
})

var edKey = sync.OnceValue(func() crypto.Signer { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)) })

func keyFor(alg jose.Algorithm) crypto.Signer {
	switch alg {
	case jose.ES256:
		return ecKeys()["P-256"]
	case jose.ES384:
		return ecKeys()["P-384"]
	case jose.ES512:
		return ecKeys()["P-521"]
	case jose.EdDSA, jose.Ed25519:
		return edKey()
	}
	return rsaKey()
}

const sharedSecret = "a secret of sixty-four octets, so that it is long enough for all"

func signerFor(t testing.TB, alg jose.Algorithm, kid string) *jose.Signer {
	t.Helper()
	if alg.Symmetric() {
		return jose.NewSecretSigner(secret.New(sharedSecret), alg)
	}
	s, err := jose.NewSigner(keyFor(alg), alg, kid)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func sign(t testing.TB, s *jose.Signer, header, payload string) string {
	t.Helper()
	compact, err := s.SignRaw([]byte(header), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// jwk returns the public JWK of an algorithm's key with other members over it; a nil value removes one.
func jwk(t testing.TB, alg jose.Algorithm, over map[string]any) map[string]any {
	t.Helper()
	data, err := json.Marshal(signerFor(t, alg, "k1").PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	members := map[string]any{}
	if err := json.Unmarshal(data, &members); err != nil {
		t.Fatal(err)
	}
	for name, value := range over {
		if members[name] = value; value == nil {
			delete(members, name)
		}
	}
	return members
}

func jwks(t testing.TB, keys ...any) []byte {
	t.Helper()
	if keys == nil {
		keys = []any{}
	}
	data, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func keySet(t testing.TB, keys ...any) *jose.KeySet {
	t.Helper()
	set, err := jose.ParseKeySet(jwks(t, keys...))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// counting is a key source that tells how often it was asked.
type counting struct {
	sets             []*jose.KeySet // one for each fetch, the last again and again
	err, refreshErr  error
	fetched, renewed int
}

func (c *counting) Keys(context.Context) (*jose.KeySet, error) {
	c.fetched++
	return c.sets[0], c.err
}

func (c *counting) Refresh(context.Context) (*jose.KeySet, error) {
	c.renewed++
	if len(c.sets) < 2 || c.refreshErr != nil {
		return nil, c.refreshErr
	}
	return c.sets[1], nil
}

func weakRSA(bits int) *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return &rsa.PublicKey{N: n.Add(n, big.NewInt(12345)), E: 65537}
}

// exponentThree returns a token that an RSA key with the exponent 3 signed, and the key.
func exponentThree(t *testing.T) (token string, key map[string]any) {
	t.Helper()
	one, three := big.NewInt(1), big.NewInt(3)
	prime := func() *big.Int {
		for {
			p, err := rand.Prime(rand.Reader, 1024)
			if err != nil {
				t.Fatal(err)
			}
			if new(big.Int).Mod(p, three).Int64() == 2 {
				return p
			}
		}
	}
	p, q := prime(), prime()
	n := new(big.Int).Mul(p, q)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	private := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: 3}, D: new(big.Int).ModInverse(three, phi), Primes: []*big.Int{p, q}}
	private.Precompute()
	signed := encoded([]byte(`{"alg":"RS256","kid":"k1"}`)) + "." + encoded([]byte(goodClaims))
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + encoded(signature), map[string]any{"kty": "RSA", "kid": "k1", "n": encoded(n.Bytes()), "e": "Aw"}
}
