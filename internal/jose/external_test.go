package jose_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// service plays an HSM: it makes the whole signature of an algorithm over an input, that of ECDSA as DER.
func service(t *testing.T, alg jose.Algorithm) func([]byte) ([]byte, error) {
	t.Helper()
	return func(input []byte) ([]byte, error) {
		options := crypto.SignerOpts(alg.Hash())
		switch {
		case strings.HasPrefix(string(alg), "PS"):
			options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: alg.Hash()}
		case strings.HasPrefix(string(alg), "Ed"):
			return keyFor(alg).Sign(rand.Reader, input, crypto.Hash(0))
		}
		hash := alg.Hash().New()
		hash.Write(input)
		return keyFor(alg).Sign(rand.Reader, hash.Sum(nil), options)
	}
}

func TestExternalSignerHolds(t *testing.T) {
	for _, alg := range jose.Asymmetric() {
		t.Run(string(alg), func(t *testing.T) {
			signer, err := jose.NewExternalSigner(alg, "k1", service(t, alg))
			if err != nil {
				t.Fatal(err)
			}
			compact, err := signer.Sign("JWT", map[string]int{"exp": 1})
			if err != nil {
				t.Fatal(err)
			}
			token, err := jose.Parse(compact)
			if err != nil {
				t.Fatal(err)
			}
			want := `{"alg":"` + string(alg) + `","typ":"JWT","kid":"k1"}`
			if diff := cmp.Diff([]any{want, alg}, []any{string(token.HeaderRaw), signer.Algorithm()}); diff != "" {
				t.Error(diff)
			}
			keys := jose.Fixed(keySet(t, jwk(t, alg, map[string]any{"kid": "k1"})))
			if verified, checks, err := jose.Verify(context.Background(), token, jose.Algorithms{alg}, keys); verified == nil || err != nil {
				t.Error(checks, err)
			}
		})
	}
}

// Signatures are compared as they go into the token; "" is a refusal.
func TestExternalSignatures(t *testing.T) {
	der := func(r, s *big.Int) []byte {
		out, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	order := elliptic.P256().Params().N
	small := append(append(make([]byte, 31), 7), append(make([]byte, 31), 9)...)
	likeDER := append([]byte{0x30, 62, 2, 29}, bytes.Repeat([]byte{1}, 60)...)
	likeDER[33], likeDER[34] = 2, 29 // both 64 octets and DER: the fixed length wins
	for name, test := range map[string]struct {
		alg       jose.Algorithm
		signature []byte
		want      []byte
		err       string
	}{
		"fixed length":         {jose.ES256, small, small, ""},
		"DER":                  {jose.ES256, der(big.NewInt(7), big.NewInt(9)), small, ""},
		"fixed, like DER":      {jose.ES256, likeDER, likeDER, ""},
		"DER and a newline":    {jose.ES256, append(der(big.NewInt(7), big.NewInt(9)), '\n'), nil, "the signature has 9 octets instead of 64, and it is no DER"},
		"DER, negative":        {jose.ES256, der(big.NewInt(-7), big.NewInt(9)), nil, "the key made an impossible signature"},
		"DER, of P-384":        {jose.ES256, der(new(big.Int).Lsh(order, 100), order), nil, "the key made an impossible signature"},
		"r is 0":               {jose.ES256, der(big.NewInt(0), big.NewInt(9)), nil, "the key made an impossible signature"},
		"r is 0, fixed":        {jose.ES256, append(make([]byte, 32), small[:32]...), nil, "the signature is none of ES256"},
		"s is the order":       {jose.ES256, der(big.NewInt(7), order), nil, "the signature is none of ES256"},
		"base64":               {jose.ES256, []byte("MEUCIQ=="), nil, "the signature has 8 octets instead of 64, and it is no DER"},
		"empty":                {jose.ES512, nil, nil, "the signature has 0 octets instead of 132, and it is no DER"},
		"ES512":                {jose.ES512, append(append(make([]byte, 65), 1), append(make([]byte, 65), 2)...), append(append(make([]byte, 65), 1), append(make([]byte, 65), 2)...), ""},
		"Ed25519 too long":     {jose.EdDSA, make([]byte, 65), nil, "the signature has 65 octets instead of 64"},
		"Ed25519":              {jose.Ed25519, make([]byte, 64), make([]byte, 64), ""},
		"RSA of 2048 bits":     {jose.RS256, make([]byte, 256), make([]byte, 256), ""},
		"RSA of 1024 bits":     {jose.PS256, make([]byte, 128), nil, "a signature of 128 octets is none of an RSA key of 2048 bits or more"},
		"a page instead":       {jose.RS256, make([]byte, 2049), nil, "a signature of 2049 octets is none of an RSA key of 2048 bits or more"},
		"ECDSA with a RSA key": {jose.RS256, small, nil, "a signature of 64 octets is none of an RSA key of 2048 bits or more"},
	} {
		t.Run(name, func(t *testing.T) {
			signer, err := jose.NewExternalSigner(test.alg, "", func([]byte) ([]byte, error) { return test.signature, nil })
			if err != nil {
				t.Fatal(err)
			}
			compact, err := signer.Sign("", struct{}{})
			if test.err != "" {
				if err == nil || err.Error() != "signing with "+string(test.alg)+": "+test.err || compact != "" {
					t.Errorf("%q, %v", compact, err)
				}
				if p := problem.As(err); p.Kind != problem.Usage || p.Code != "usage.key_command" || p.Hint == "" {
					t.Errorf("%v %s %q", p.Kind, p.Code, p.Hint)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := compact[strings.LastIndex(compact, ".")+1:]; got != encoded(test.want) {
				t.Errorf("got %s, want %s", got, encoded(test.want))
			}
		})
	}
}

// What goes out is the signing input itself, and the holder's failure comes back as it is.
func TestExternalSignerSeesTheInput(t *testing.T) {
	failed := problem.Usagef("usage.client_key_command", "the command failed")
	var input string
	signer, err := jose.NewExternalSigner(jose.ES256, "k", func(b []byte) ([]byte, error) { input = string(b); return nil, failed })
	if err != nil {
		t.Fatal(err)
	}
	_, err = signer.Sign("JWT", map[string]int{"exp": 1})
	if !errors.Is(err, failed) {
		t.Error(err)
	}
	if want := b64(`{"alg":"ES256","typ":"JWT","kid":"k"}`) + "." + b64(`{"exp":1}`); input != want {
		t.Errorf("got %s, want %s", input, want)
	}
}

func TestExternalSignersThatCannotBe(t *testing.T) {
	sign := func([]byte) ([]byte, error) { return nil, nil }
	for name, make := range map[string]func() error{
		"usage.algs: unknown": func() error { _, err := jose.NewExternalSigner("ES257", "", sign); return err },
		"usage.algs: none":    func() error { _, err := jose.NewExternalSigner("none", "", sign); return err },
		"usage.algs: secret":  func() error { _, err := jose.NewExternalSigner(jose.HS256, "", sign); return err },
		"usage.key: nobody":   func() error { _, err := jose.NewExternalSigner(jose.ES256, "", nil); return err },
	} {
		code, _, _ := strings.Cut(name, ":")
		if p := problem.As(make()); p.Kind != problem.Usage || p.Code != code {
			t.Errorf("%s: %v", name, p)
		}
	}
}

// TestExternalSignerEmbedsNoKey: its public key is not known here, and a proof without one proves nothing.
func TestExternalSignerEmbedsNoKey(t *testing.T) {
	signer, err := jose.NewExternalSigner(jose.ES256, "k1", service(t, jose.ES256))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*jose.Signer{"external": signer, "a secret": signerFor(t, jose.HS256, "")} {
		compact, err := s.EmbedKey().Sign("dpop+jwt", map[string]int{})
		if compact != "" || err == nil || problem.As(err).Code != "usage.key" {
			t.Errorf("%s: %q, %v", name, compact, err)
		}
		if _, err := s.Sign("JWT", map[string]int{}); err != nil {
			t.Errorf("%s without it: %v", name, err)
		}
	}
}
