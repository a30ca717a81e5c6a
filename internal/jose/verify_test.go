package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"errors"
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

func TestRotation(t *testing.T) {
	old, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	oldSigner, _ := jose.NewSigner(old, jose.ES256, "old")
	reused, _ := jose.NewSigner(old, jose.ES256, "k1")
	current := keySet(t, jwk(t, jose.ES256, nil))
	before, sameKid := keySet(t, oldSigner.PublicJWK()), keySet(t, reused.PublicJWK())
	token := sign(t, signerFor(t, jose.ES256, ""), `{"alg":"ES256","kid":"k1"}`, goodClaims)
	bare := sign(t, signerFor(t, jose.ES256, ""), `{"alg":"ES256"}`, goodClaims)
	revoked := sign(t, oldSigner, `{"alg":"ES256","kid":"old"}`, goodClaims)
	broken := errors.New("no network")
	tests := map[string]struct {
		token   string
		source  counting
		want    outcomes
		renewed int
		err     error
	}{
		"known":                {token, counting{sets: []*jose.KeySet{current}}, accepted, 0, nil},
		"rotated":              {token, counting{sets: []*jose.KeySet{before, current}}, accepted, 1, nil},
		"kid reused":           {token, counting{sets: []*jose.KeySet{sameKid, current}}, accepted, 1, nil},
		"rotated without kid":  {bare, counting{sets: []*jose.KeySet{before, current}}, accepted, 1, nil},
		"revoked":              {revoked, counting{sets: []*jose.KeySet{current, current}}, noKey, 1, nil},
		"unknown":              {token, counting{sets: []*jose.KeySet{before, before}}, noKey, 1, nil},
		"cooling down":         {token, counting{sets: []*jose.KeySet{before}}, noKey, 1, nil},
		"bad signature":        {token, counting{sets: []*jose.KeySet{sameKid, sameKid}}, badSig, 1, nil},
		"unknown, no network":  {token, counting{sets: []*jose.KeySet{before}, refreshErr: broken}, nil, 1, broken},
		"bad sig, no network":  {token, counting{sets: []*jose.KeySet{sameKid}, refreshErr: broken}, badSig, 1, nil},
		"no network at all":    {token, counting{sets: []*jose.KeySet{nil}, err: broken}, nil, 0, broken},
		"none: nothing to ask": {b64(`{"alg":"none"}`) + ".e30.", counting{sets: []*jose.KeySet{current}}, badAlg, 0, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			parsed, _, err := jose.Inspect(test.token)
			if err != nil {
				t.Fatal(err)
			}
			_, checks, err := jose.Verify(t.Context(), parsed, jose.Asymmetric(), &test.source)
			if !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			var got outcomes
			if err == nil {
				got = outcomes{}
				for _, c := range checks {
					if c.Status != verdict.Pass {
						got[c.Rule] = c.Status
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if test.source.renewed != test.renewed {
				t.Errorf("fetched anew %d times, want %d", test.source.renewed, test.renewed)
			}
		})
	}
}

// TestMessages compares whole checks: what a person reads when the key is missing.
func TestMessages(t *testing.T) {
	es := func(over map[string]any) map[string]any { return jwk(t, jose.ES256, over) }
	tests := map[string]struct {
		header string
		keys   []any
		want   verdict.Check
	}{
		"unknown kid": {`{"alg":"ES256","kid":"x\u001b[2J"}`, []any{es(map[string]any{"kid": "a"}), es(map[string]any{"kid": "b"})}, verdict.Check{
			Rule: "jose.key", Spec: "OpenID Connect Core §10.1", Status: verdict.Fail,
			Want: `a key for ES256 with kid "x\x1b[2J"`, Got: `kid "x\x1b[2J" is not among ["a", "b"]`,
			Hint: "the token is from another issuer, or the provider does not publish this key any more",
		}},
		"for encryption": {`{"alg":"ES256","kid":"a"}`, []any{es(map[string]any{"kid": "a", "use": "enc"})}, verdict.Check{
			Rule: "jose.key", Spec: "OpenID Connect Core §10.1", Status: verdict.Fail,
			Want: `a key for ES256 with kid "a"`, Got: `no key that may be used: ["a": its use is enc]`,
		}},
		"HS256": {`{"alg":"HS256"}`, []any{es(nil)}, verdict.Check{
			Rule: "jose.key", Spec: "OpenID Connect Core §10.1", Status: verdict.Fail, Want: "a key for HS256",
			Got: "no shared secret: a key set cannot verify HS256", Hint: "give the client secret with --secret-file FILE",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			token, _, _ := jose.Inspect(b64(test.header) + "." + b64(goodClaims) + ".AA")
			_, checks, err := jose.Verify(t.Context(), token, everything(), jose.Fixed(keySet(t, test.keys...)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, checks.With(verdict.Fail)[0]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProofKeys(t *testing.T) {
	public, _ := signerFor(t, jose.ES256, "").PublicJWK().MarshalJSON()
	tests := map[string]struct{ header, want string }{
		"a proof":       {`{"alg":"ES256","typ":"dpop+jwt","jwk":` + string(public) + `}`, ""},
		"another typ":   {`{"alg":"ES256","typ":"JWT","jwk":` + string(public) + `}`, `typ "JWT"`},
		"no typ":        {`{"alg":"ES256","jwk":` + string(public) + `}`, `typ ""`},
		"no jwk":        {`{"alg":"ES256","typ":"dpop+jwt"}`, "no jwk"},
		"private":       {`{"alg":"ES256","typ":"dpop+jwt","jwk":` + strings.Replace(string(public), "{", `{"d":"AAAA",`, 1) + `}`, "its private part is published: everybody can sign with it"},
		"symmetric":     {`{"alg":"HS256","typ":"dpop+jwt","jwk":{"kty":"oct","k":"AAAA"}}`, "a symmetric key in public: everybody can sign with it"},
		"jwk as a text": {`{"alg":"ES256","typ":"dpop+jwt","jwk":"x"}`, `member "jwk": wrong JSON type: an object was expected, not a string`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			token, _, err := jose.Inspect(b64(test.header) + ".e30.AA")
			if err != nil {
				t.Fatal(err)
			}
			set, check := jose.ProofKeys(token)
			if test.want == "" {
				if len(set.Keys) != 1 || check.Status != verdict.Pass {
					t.Error(check)
				}
				return
			}
			if diff := cmp.Diff(test.want, check.Got); diff != "" || len(set.Keys) != 0 || check.Status != verdict.Fail {
				t.Error(diff, check)
			}
		})
	}
}
