package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
)

const benchClaims = `{"iss":"https://issuer.example/realms/main","sub":"248289761001","aud":["s6BhdRkqt3","https://api.example"],` +
	`"exp":1999999999,"iat":1700000000,"nonce":"n-0S6_WzA2Mj","at_hash":"77QmUPtjPfzWtF2AnpK9RQ","auth_time":1700000000,` +
	`"name":"Jane Doe","given_name":"Jane","family_name":"Doe","email":"janedoe@example.com","email_verified":true}`

// raw verifies with the standard library alone, the input hashed and the signature decoded beforehand or not at all:
// the least that any verification costs.
func raw(b *testing.B, alg jose.Algorithm, input, signature []byte) func() bool {
	b.Helper()
	switch alg {
	case jose.RS256:
		key := keyFor(alg).Public().(*rsa.PublicKey)
		return func() bool {
			sum := sha256.Sum256(input)
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
		}
	case jose.PS256:
		key := keyFor(alg).Public().(*rsa.PublicKey)
		return func() bool {
			sum := sha256.Sum256(input)
			return rsa.VerifyPSS(key, crypto.SHA256, sum[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
	case jose.ES256:
		key := keyFor(alg).Public().(*ecdsa.PublicKey)
		sum := sha256.Sum256(input)
		der, err := ecdsa.SignASN1(rand.Reader, keyFor(alg).(*ecdsa.PrivateKey), sum[:])
		if err != nil {
			b.Fatal(err)
		}
		return func() bool {
			sum := sha256.Sum256(input)
			return ecdsa.VerifyASN1(key, sum[:], der)
		}
	}
	key := keyFor(alg).Public().(ed25519.PublicKey)
	return func() bool { return ed25519.Verify(key, input, signature) }
}

// BenchmarkVerify reports what parsing, key selection and checks cost over the signature itself, as a ratio.
func BenchmarkVerify(b *testing.B) {
	for _, alg := range []jose.Algorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA} {
		signer := signerFor(b, alg, "k1")
		compact := sign(b, signer, `{"alg":"`+string(alg)+`","kid":"k1","typ":"JWT"}`, benchClaims)
		cut := strings.LastIndexByte(compact, '.')
		signature, err := base64.RawURLEncoding.DecodeString(compact[cut+1:])
		if err != nil {
			b.Fatal(err)
		}
		bare := raw(b, alg, []byte(compact[:cut]), signature)
		keys, allow, ctx := jose.Fixed(keySet(b, signer.PublicJWK())), jose.Asymmetric(), b.Context()
		parsed, err := jose.Parse(compact)
		if err != nil {
			b.Fatal(err)
		}
		run := map[string]func() bool{
			"verify": func() bool {
				verified, _, err := jose.Verify(ctx, parsed, allow, keys)
				return err == nil && verified != nil
			},
			"parse+verify": func() bool {
				token, err := jose.Parse(compact)
				if err != nil {
					return false
				}
				verified, _, err := jose.Verify(ctx, token, allow, keys)
				return err == nil && verified != nil
			},
		}
		for _, name := range []string{"verify", "parse+verify"} {
			b.Run(string(alg)+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if !run[name]() {
						b.Fatal("not verified")
					}
				}
				ours := float64(b.Elapsed()) / float64(b.N)
				b.ReportMetric(ours/perRun(b, bare), "x-raw")
			})
		}
	}
}

// perRun times a function for so many runs that the noise averages out: testing.Benchmark cannot run inside a benchmark.
func perRun(b *testing.B, f func() bool) float64 {
	b.Helper()
	const runs = 2000
	start := time.Now()
	for range runs {
		if !f() {
			b.Fatal("not verified")
		}
	}
	return float64(time.Since(start)) / runs
}
