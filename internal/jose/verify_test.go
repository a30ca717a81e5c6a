package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

const goodClaims = `{"iss":"https://issuer.example","sub":"alice"}`

// verify inspects and verifies, and returns which rules did not pass and whether the token is verified.
func verify(t *testing.T, compact string, allow jose.Algorithms, keys jose.KeySource) (map[string]verdict.Status, bool) {
	t.Helper()
	token, inspected, err := jose.Inspect(compact)
	if err != nil {
		t.Fatal(err)
	}
	verified, checks, err := jose.Verify(t.Context(), token, allow, keys)
	if err != nil {
		t.Fatal(err)
	}
	if status(checks, "jose.signature") == "" || status(checks, "jose.signature") == verdict.Skip {
		t.Error("the signature is never skipped")
	}
	if verified != nil && (inspected.Failed() || checks.Failed() || verified.Token() != token || verified.Key() == nil) {
		t.Error("verified in spite of a failed check")
	}
	if verified == nil && !inspected.Failed() && !checks.Failed() {
		t.Error("nothing failed, and not verified")
	}
	got := map[string]verdict.Status{}
	for _, c := range append(inspected, checks...) {
		if c.Status != verdict.Pass {
			got[c.Rule] = c.Status
		}
	}
	return got, verified != nil
}

type outcomes = map[string]verdict.Status

var (
	accepted  = outcomes{}
	badSig    = outcomes{"jose.signature": verdict.Fail}
	noKey     = outcomes{"jose.key": verdict.Fail, "jose.signature": verdict.Fail}
	badAlg    = outcomes{"jose.alg": verdict.Fail, "jose.signature": verdict.Fail}
	weakKey   = outcomes{"jose.key_strength": verdict.Fail, "jose.signature": verdict.Fail}
	ambiguous = outcomes{"jose.key": verdict.Warn}
)

func with(base outcomes, rule string, s verdict.Status) outcomes {
	out := outcomes{rule: s}
	for r, s := range base {
		out[r] = s
	}
	return out
}

func TestKeySelection(t *testing.T) {
	token := func(alg jose.Algorithm) string {
		return sign(t, signerFor(t, alg, ""), `{"alg":"`+string(alg)+`","kid":"k1"}`, goodClaims)
	}
	bare := sign(t, signerFor(t, jose.ES256, ""), `{"alg":"ES256"}`, goodClaims)
	other, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	otherSigner, _ := jose.NewSigner(other, jose.ES256, "k1")
	oct := map[string]any{"kty": "oct", "kid": "k1", "k": encoded([]byte(sharedSecret))}
	cubic, cubicKey := exponentThree(t)
	es := func(over map[string]any) map[string]any { return jwk(t, jose.ES256, over) }
	tests := map[string]struct {
		token string
		keys  []any
		want  outcomes
	}{
		"the key":                   {token(jose.ES256), []any{es(nil)}, accepted},
		"a key without alg and use": {token(jose.ES256), []any{es(map[string]any{"alg": nil, "use": nil})}, accepted},
		"kid unknown":               {token(jose.ES256), []any{es(map[string]any{"kid": "k2"})}, noKey},
		"a key without kid":         {token(jose.ES256), []any{es(map[string]any{"kid": nil})}, noKey},
		"no keys":                   {token(jose.ES256), nil, noKey},
		"use enc":                   {token(jose.ES256), []any{es(map[string]any{"use": "enc"})}, noKey},
		"key_ops encrypt":           {token(jose.ES256), []any{es(map[string]any{"key_ops": []string{"encrypt"}})}, noKey},
		"key_ops empty":             {token(jose.ES256), []any{es(map[string]any{"key_ops": []string{}})}, noKey},
		"key_ops verify":            {token(jose.ES256), []any{es(map[string]any{"key_ops": []string{"sign", "verify"}})}, accepted},
		"alg RS512 for RS256":       {token(jose.RS256), []any{jwk(t, jose.RS512, nil)}, noKey},
		"alg PS256 for RS256":       {token(jose.RS256), []any{jwk(t, jose.PS256, nil)}, noKey},
		"alg RSA-OAEP":              {token(jose.RS256), []any{jwk(t, jose.RS256, map[string]any{"alg": "RSA-OAEP"})}, noKey},
		"EdDSA, key says Ed25519":   {token(jose.EdDSA), []any{jwk(t, jose.Ed25519, nil)}, accepted},
		"Ed25519, key says EdDSA":   {token(jose.Ed25519), []any{jwk(t, jose.EdDSA, nil)}, accepted},
		"kid twice, one fits":       {token(jose.ES256), []any{es(nil), jwk(t, jose.RS256, nil)}, ambiguous},
		"kid twice, both fit":       {token(jose.ES256), []any{otherSigner.PublicJWK(), es(nil)}, ambiguous},
		"kid twice, the same key":   {token(jose.ES256), []any{es(nil), es(nil)}, accepted},
		"no kid, one fits":          {bare, []any{jwk(t, jose.RS256, nil), es(nil)}, accepted},
		"no kid, two fit":           {bare, []any{otherSigner.PublicJWK(), es(map[string]any{"kid": "k2"})}, ambiguous},
		"no kid, none fits":         {bare, []any{jwk(t, jose.RS256, nil)}, noKey},
		"no kid, none verifies":     {bare, []any{otherSigner.PublicJWK()}, badSig},
		"broken neighbour":          {token(jose.ES256), []any{jwk(t, jose.RS256, map[string]any{"n": nil}), es(nil)}, outcomes{"jose.key_set": verdict.Warn}},
		"unknown neighbour":         {token(jose.ES256), []any{map[string]any{"kty": "AKP"}, es(nil)}, accepted},
		"HS256 with an oct entry":   {token(jose.HS256), []any{oct}, with(noKey, "jose.key_set", verdict.Warn)},
		"other issuer, same kid":    {token(jose.ES256), []any{otherSigner.PublicJWK()}, badSig},
		"1024 bits": {token(jose.RS256), []any{map[string]any{
			"kty": "RSA", "kid": "k1",
			"n": encoded(weakRSA(1024).N.Bytes()), "e": "AQAB",
		}}, weakKey},
		"exponent 3":  {cubic, []any{cubicKey}, outcomes{"jose.key_exponent": verdict.Warn}},
		"x5c no list": {token(jose.ES256), []any{es(map[string]any{"x5c": "MII"})}, outcomes{"jose.key_x5c": verdict.Warn}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := verify(t, test.token, everything(), jose.Fixed(keySet(t, test.keys...)))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			_, failed := test.want["jose.signature"]
			if ok == failed {
				t.Errorf("verified: %v", ok)
			}
		})
	}
}

// TestEveryAlgorithm signs and verifies with each, and refuses the octets of the signature flipped.
func TestEveryAlgorithm(t *testing.T) {
	for _, alg := range everything() {
		t.Run(string(alg), func(t *testing.T) {
			signer := signerFor(t, alg, "k1")
			compact, err := signer.Sign("JWT", map[string]string{"sub": "alice"})
			if err != nil {
				t.Fatal(err)
			}
			keys := jose.WithSecret(jose.Fixed(nil), secret.New(sharedSecret))
			if !alg.Symmetric() {
				keys = jose.Fixed(keySet(t, signer.PublicJWK()))
			}
			if got, ok := verify(t, compact, jose.Algorithms{alg}, keys); !ok {
				t.Fatal(got)
			}
			cut := strings.LastIndexByte(compact, '.') + 1
			octets, _ := base64.RawURLEncoding.DecodeString(compact[cut:])
			for i := range octets {
				octets[i] ^= 0x5a
			}
			payload := strings.Split(compact, ".")
			for name, bad := range map[string]string{
				"flipped":         compact[:cut] + encoded(octets),
				"no signature":    compact[:cut],
				"shorter":         compact[:cut] + encoded(octets[:len(octets)-1]),
				"longer":          compact[:cut] + encoded(append(octets, 0)),
				"another payload": payload[0] + "." + b64(`{"sub":"mallory"}`) + "." + payload[2],
			} {
				got, ok := verify(t, bad, jose.Algorithms{alg}, keys)
				if diff := cmp.Diff(badSig, got); ok || diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
			allOthers := jose.Algorithms{}
			for _, a := range everything() {
				if !a.Equal(alg) {
					allOthers = append(allOthers, a)
				}
			}
			got, ok := verify(t, compact, allOthers, keys)
			if diff := cmp.Diff(badAlg, got); ok || diff != "" {
				t.Errorf("not allowed: %s", diff)
			}
		})
	}
}

func TestSignatureTricks(t *testing.T) {
	es := signerFor(t, jose.ES256, "k1")
	valid, err := es.Sign("", map[string]string{"sub": "alice"})
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.LastIndexByte(valid, '.') + 1
	input, signature := valid[:cut], valid[cut:]
	octets, _ := base64.RawURLEncoding.DecodeString(signature)
	n := keyFor(jose.ES256).Public().(*ecdsa.PublicKey).Params().N
	pair := func(r, s *big.Int) string {
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return encoded(out)
	}
	r, s := new(big.Int).SetBytes(octets[:32]), new(big.Int).SetBytes(octets[32:])
	der, _ := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	edge := map[string]*big.Int{"0": big.NewInt(0), "1": big.NewInt(1), "n-1": new(big.Int).Sub(n, big.NewInt(1)), "n": n}
	tests := map[string]struct {
		signature string
		ok        bool
	}{
		"as made": {signature, true},
		"high s":  {pair(r, new(big.Int).Sub(n, s)), true},
		"DER":     {encoded(der), false},
		"63":      {encoded(octets[:63]), false},
		"65":      {encoded(append([]byte{0}, octets...)), false},
		"66":      {encoded(append(octets[:64:64], 0, 0)), false},
		"128":     {encoded(append(make([]byte, 64), octets...)), false},
	}
	for a, x := range edge {
		for b, y := range edge {
			tests["r="+a+" s="+b] = struct {
				signature string
				ok        bool
			}{pair(x, y), false}
		}
	}
	keys := jose.Fixed(keySet(t, es.PublicJWK()))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := verify(t, input+test.signature, jose.Asymmetric(), keys)
			want := badSig
			if test.ok {
				want = accepted
			}
			if diff := cmp.Diff(want, got); ok != test.ok || diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDERIsNamed(t *testing.T) {
	es := signerFor(t, jose.ES256, "k1")
	input := b64(`{"alg":"ES256"}`) + "." + b64(goodClaims)
	sum := sha256.Sum256([]byte(input))
	der, err := ecdsa.SignASN1(rand.Reader, keyFor(jose.ES256).(*ecdsa.PrivateKey), sum[:])
	if err != nil {
		t.Fatal(err)
	}
	token, _ := jose.Parse(input + "." + encoded(der))
	_, checks, _ := jose.Verify(t.Context(), token, jose.Asymmetric(), jose.Fixed(keySet(t, es.PublicJWK())))
	if got := faults(checks)["jose.signature"]; !strings.Contains(got, "it looks like ASN.1 DER") {
		t.Error(got)
	}
}

// TestSaltLength: the salt of PS256 is as long as its hash, though crypto/rsa could accept others.
func TestSaltLength(t *testing.T) {
	input := b64(`{"alg":"PS256"}`) + "." + b64(goodClaims)
	sum := sha256.Sum256([]byte(input))
	keys := jose.Fixed(keySet(t, jwk(t, jose.PS256, nil)))
	for salt, want := range map[int]bool{32: true, 20: false, 64: false, rsa.PSSSaltLengthAuto: false} {
		signature, err := rsaKey().Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: salt, Hash: crypto.SHA256})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := verify(t, input+"."+encoded(signature), jose.Asymmetric(), keys); ok != want {
			t.Errorf("salt of %d octets: %v", salt, ok)
		}
	}
}
