package jose_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func TestKeyConfusion(t *testing.T) {
	set := keySet(t, jwk(t, jose.RS256, nil), jwk(t, jose.ES256, map[string]any{"kid": "ec"}))
	hmacWith := func(secretBytes string) string {
		return sign(t, jose.NewSecretSigner(secret.New(secretBytes), jose.HS256), `{"alg":"HS256","kid":"k1"}`, goodClaims)
	}
	n := string(keyFor(jose.RS256).Public().(*rsa.PublicKey).N.Bytes())
	point, _ := keyFor(jose.ES256).Public().(*ecdsa.PublicKey).Bytes()
	rs := sign(t, signerFor(t, jose.RS256, ""), `{"alg":"RS256","kid":"k1"}`, goodClaims)
	attacker, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	evil, _ := jose.NewSigner(attacker, jose.ES256, "ec")
	evilJWK, _ := evil.PublicJWK().MarshalJSON()
	parts := strings.Split(rs, ".")
	none := b64(`{"alg":"none","kid":"k1"}`)
	tests := map[string]struct {
		token string
		allow jose.Algorithms
		want  outcomes
	}{
		"HMAC with the modulus":      {hmacWith(n), everything(), noKey},
		"HMAC with the point":        {hmacWith(string(point)), everything(), noKey},
		"HMAC, asymmetric only":      {hmacWith(n), jose.Asymmetric(), badAlg},
		"none, no signature":         {none + "." + parts[1] + ".", everything(), badAlg},
		"none, signature kept":       {none + "." + parts[1] + "." + parts[2], everything(), badAlg},
		"none in the allow-list":     {none + "." + parts[1] + ".", jose.Algorithms{"none", ""}, badAlg},
		"NoNe":                       {b64(`{"alg":"NoNe"}`) + "." + parts[1] + ".", everything(), badAlg},
		"no alg":                     {b64(`{"kid":"k1"}`) + "." + parts[1] + "." + parts[2], everything(), with(badAlg, "jose.header", verdict.Fail)},
		"unsupported":                {b64(`{"alg":"ES256K"}`) + "." + parts[1] + "." + parts[2], jose.Algorithms{"ES256K"}, badAlg},
		"lower case":                 {b64(`{"alg":"rs256"}`) + "." + parts[1] + "." + parts[2], everything(), badAlg},
		"the alternate alg":          {rs, jose.Algorithms{jose.PS256, jose.ES256}, badAlg},
		"embedded jwk":               {sign(t, evil, `{"alg":"ES256","jwk":`+string(evilJWK)+`}`, goodClaims), everything(), with(badSig, "jose.header_key", verdict.Warn)},
		"jku":                        {sign(t, evil, `{"alg":"ES256","kid":"ec","jku":"https://attacker.example/jwks"}`, goodClaims), everything(), with(badSig, "jose.header_key", verdict.Warn)},
		"a valid signature and crit": {sign(t, signerFor(t, jose.RS256, ""), `{"alg":"RS256","kid":"k1","crit":["x"],"x":1}`, goodClaims), everything(), outcomes{"jose.crit": verdict.Fail}},
		"a valid signature and b64":  {sign(t, signerFor(t, jose.RS256, ""), `{"alg":"RS256","kid":"k1","b64":false}`, goodClaims), everything(), outcomes{"jose.b64": verdict.Fail}},
		"a valid signature of []":    {sign(t, signerFor(t, jose.RS256, ""), `{"alg":"RS256","kid":"k1"}`, `[]`), everything(), outcomes{"jose.payload": verdict.Fail}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := verify(t, test.token, test.allow, jose.Fixed(set))
			if diff := cmp.Diff(test.want, got); ok || diff != "" {
				t.Errorf("verified %v: %s", ok, diff)
			}
		})
	}
}

func TestSecrets(t *testing.T) {
	token := func(s string, alg jose.Algorithm) string {
		return sign(t, jose.NewSecretSigner(secret.New(s), alg), `{"alg":"`+string(alg)+`","kid":"whatever"}`, goodClaims)
	}
	tests := map[string]struct {
		token  string
		secret string
		want   outcomes
	}{
		"the secret":       {token(sharedSecret, jose.HS512), sharedSecret, accepted},
		"another secret":   {token(sharedSecret+"!", jose.HS256), sharedSecret, badSig},
		"a short secret":   {token("8 octets", jose.HS256), "8 octets", outcomes{"jose.key_strength": verdict.Warn}},
		"32 are not 64":    {token(sharedSecret[:32], jose.HS512), sharedSecret[:32], outcomes{"jose.key_strength": verdict.Warn}},
		"no secret at all": {token(sharedSecret, jose.HS256), "", noKey},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			source := &counting{sets: []*jose.KeySet{keySet(t)}}
			keys := jose.WithSecret(source, secret.New(test.secret))
			got, _ := verify(t, test.token, jose.Symmetric(), keys)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if test.secret != "" && source.fetched+source.renewed > 0 {
				t.Error("keys were fetched for HS*")
			}
		})
	}
	// An HMAC with the empty secret must not verify for a client without one.
	empty := b64(`{"alg":"HS256"}`) + "." + b64(goodClaims) + ".AA"
	for _, keys := range []jose.KeySource{nil, jose.Fixed(nil), jose.Fixed(jose.SecretKeys(secret.Secret{}))} {
		if got, ok := verify(t, empty, jose.Symmetric(), keys); ok || got["jose.key"] != verdict.Fail {
			t.Error(got)
		}
	}
	rs := sign(t, signerFor(t, jose.RS256, ""), `{"alg":"RS256","kid":"k1"}`, goodClaims)
	if got, ok := verify(t, rs, everything(), jose.WithSecret(jose.Fixed(keySet(t, jwk(t, jose.RS256, nil))), secret.New(sharedSecret))); !ok {
		t.Error("beside a secret the key set must serve:", got)
	}
}
