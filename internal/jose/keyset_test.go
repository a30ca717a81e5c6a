package jose_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// TestBadNeighbours: a bad entry is named and ignored, and the good key beside it stays.
func TestBadNeighbours(t *testing.T) {
	rsaN := encoded(weakRSA(8193).N.Bytes())
	even := encoded(big.NewInt(0).Lsh(big.NewInt(1), 2047).Bytes())
	tests := map[string]struct {
		bad    any
		status verdict.Status
		want   string
	}{
		"RSA without n":       {jwk(t, jose.RS256, map[string]any{"n": nil}), verdict.Warn, "no n"},
		"unknown kty":         {map[string]any{"kty": "XYZ", "kid": "k1"}, verdict.Skip, "not supported: key type XYZ"},
		"post-quantum":        {map[string]any{"kty": "AKP", "kid": "k1", "alg": "ML-DSA-44", "pub": "AA"}, verdict.Skip, "not supported: key type AKP"},
		"secp256k1":           {map[string]any{"kty": "EC", "kid": "k1", "crv": "secp256k1", "x": "AA", "y": "AA"}, verdict.Skip, "not supported: curve secp256k1"},
		"Ed448":               {map[string]any{"kty": "OKP", "kid": "k1", "crv": "Ed448", "x": "AA"}, verdict.Skip, "not supported: curve Ed448"},
		"X25519":              {map[string]any{"kty": "OKP", "kid": "k1", "crv": "X25519", "x": "AA"}, verdict.Warn, "x has 1 octets instead of 32"},
		"X25519, small order": {map[string]any{"kty": "OKP", "kid": "k1", "crv": "X25519", "x": zeros(32)}, verdict.Warn, "its point has a small order: everybody knows what is agreed with it"},
		"huge RSA":            {map[string]any{"kty": "RSA", "kid": "k1", "n": rsaN, "e": "AQAB"}, verdict.Warn, "its modulus has 8193 bits, more than 8192"},
		"even modulus":        {map[string]any{"kty": "RSA", "kid": "k1", "n": even, "e": "AQAB"}, verdict.Warn, "its modulus is not an odd positive number"},
		"exponent 1":          {jwk(t, jose.RS256, map[string]any{"e": "AQ"}), verdict.Warn, "its exponent is 1: every signature would verify"},
		"exponent even":       {jwk(t, jose.RS256, map[string]any{"e": "AQAA"}), verdict.Warn, "its exponent 65536 is not an odd number above 1"},
		"exponent 0":          {jwk(t, jose.RS256, map[string]any{"e": "AA"}), verdict.Warn, "its exponent 0 is not an odd number above 1"},
		"exponent huge":       {jwk(t, jose.RS256, map[string]any{"e": "_____w8"}), verdict.Warn, "its exponent is above 2^31"},
		"symmetric":           {map[string]any{"kty": "oct", "kid": "k1", "k": "AAAA"}, verdict.Warn, "a symmetric key in public: everybody can sign with it"},
		"private":             {jwk(t, jose.ES256, map[string]any{"d": "AAAA"}), verdict.Warn, "its private part is published: everybody can sign with it"},
		"a prime":             {jwk(t, jose.RS256, map[string]any{"p": "AAAA"}), verdict.Warn, "its private part is published: everybody can sign with it"},
		"an exponent":         {jwk(t, jose.RS256, map[string]any{"dq": "AAAA"}), verdict.Warn, "its private part is published: everybody can sign with it"},
		"off the curve":       {jwk(t, jose.ES256, map[string]any{"y": strings.Repeat("A", 43)}), verdict.Warn, "its point is not on P-256"},
		"short coordinate":    {jwk(t, jose.ES256, map[string]any{"y": "AAAA"}), verdict.Warn, "y has 3 octets instead of 32"},
		"padded":              {jwk(t, jose.RS256, map[string]any{"e": "AQAB===="}), verdict.Warn, `e: "=" padding`},
		"alg of other curve":  {jwk(t, jose.ES256, map[string]any{"alg": "ES384"}), verdict.Warn, "alg ES384 does not go with kty EC P-256"},
		"alg of other type":   {jwk(t, jose.ES256, map[string]any{"alg": "RS256"}), verdict.Warn, "alg RS256 does not go with kty EC P-256"},
		"alg HS256 of RSA":    {jwk(t, jose.RS256, map[string]any{"alg": "HS256"}), verdict.Warn, "alg HS256 does not go with kty RSA "},
		"Ed25519 identity":    {jwk(t, jose.EdDSA, map[string]any{"x": "AQ" + strings.Repeat("A", 41)}), verdict.Warn, "its point has a small order: signatures of anything would verify"},
		"Ed25519 small order": {jwk(t, jose.EdDSA, map[string]any{"x": "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU"}), verdict.Warn, "its point has a small order: signatures of anything would verify"},
		"the same, negative":  {jwk(t, jose.EdDSA, map[string]any{"x": "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_IU"}), verdict.Warn, "its point has a small order: signatures of anything would verify"},
		"x5c of another key":  {jwk(t, jose.ES256, map[string]any{"x5c": []string{certificate(t)}}), verdict.Warn, "the first certificate of x5c has another key"},
		"kid a number":        {jwk(t, jose.ES256, map[string]any{"kid": 1}), verdict.Warn, `member "kid": wrong JSON type: a string was expected, not a number`},
		"key_ops a string":    {jwk(t, jose.ES256, map[string]any{"key_ops": "verify"}), verdict.Warn, `member "key_ops": wrong JSON type: an array of strings was expected, not a string`},
		"no object":           {"x", verdict.Warn, "a JSON object was expected, not a string"},
		"no kty":              {map[string]any{"kid": "k1"}, verdict.Warn, "no kty"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			set := keySet(t, test.bad, jwk(t, jose.PS512, nil))
			if len(set.Keys) != 1 || set.Keys[0].Algorithm != jose.PS512 || len(set.Rejected) != 1 {
				t.Fatalf("%d keys, %d rejected", len(set.Keys), len(set.Rejected))
			}
			check := set.Rejected[0].Check
			_, reason, _ := strings.Cut(check.Got, ": ignored: ")
			if diff := cmp.Diff([]any{test.status, test.want}, []any{check.Status, reason}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// certificate returns x5c of the RSA test key.
func certificate(t *testing.T) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Unix(1<<33, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, rsaKey().Public(), rsaKey())
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func TestNoKeySet(t *testing.T) {
	for input, want := range map[string]string{
		`<html>maintenance</html>`: "invalid character '<' at start of value at byte 0",
		`{}`:                       "a JSON object without keys",
		`{"keys":{}}`:              "keys is not a list",
		`{"keys":[],"keys":[]}`:    `duplicate member "keys"`,
		`[]`:                       "a JSON object was expected, not an array",
		``:                         "the JSON ends too early",
	} {
		_, err := jose.ParseKeySet([]byte(input))
		p := problem.As(err)
		if diff := cmp.Diff([]any{problem.Verification, "jose.key_set", want}, []any{p.Kind, p.Code, p.Got}); diff != "" {
			t.Errorf("%q: %s", input, diff)
		}
	}
}

func TestKeyWeaknesses(t *testing.T) {
	const roca = "AanFpofbj7KjD4Lf-N2hVMKR7yewSyXhhbirIMTGpfYEhZ_lnt5UoK98DnKIgArXGTu3MaW_HhFw16HGaTDUHqPrId7fe4r11CqRw09yBFuW79V8sYIwHdzCaWflUI6auImYbVfoN9_nD5n8N8SY9DwXw7mwZM9wREPXoDPgOoIWl6q_MPsp7n0zs3Z5ZaiQWOOzl1S9OhwAfSiiOwz6efnXEaxuTEtPd7BjSx7NaFka8Dx9U7YqXy2RFj1O9PjyaDGuRh7YXsX3iMUSP_wSyHQg_c_qHRtKUsNSGCT7OZg0hzm2KphtjnayKJvC64vAbROBR4Ubg6Bxg9IQVZ-QYyE"
	size := func(bits int) string { return encoded(weakRSA(bits).N.Bytes()) }
	tests := map[string]struct {
		key  any
		want map[string]verdict.Status
	}{
		"good":            {jwk(t, jose.RS256, nil), map[string]verdict.Status{}},
		"with x5c":        {jwk(t, jose.RS256, map[string]any{"x5c": []string{certificate(t)}}), map[string]verdict.Status{}},
		"1024 bits":       {map[string]any{"kty": "RSA", "n": size(1024), "e": "AQAB"}, map[string]verdict.Status{"jose.key_strength": verdict.Fail}},
		"2047 bits":       {map[string]any{"kty": "RSA", "n": size(2047), "e": "AQAB"}, map[string]verdict.Status{"jose.key_strength": verdict.Fail}},
		"4096 bits":       {map[string]any{"kty": "RSA", "n": size(4096), "e": "AQAB"}, map[string]verdict.Status{}},
		"4097 bits":       {map[string]any{"kty": "RSA", "n": size(4097), "e": "AQAB"}, map[string]verdict.Status{"jose.key_size": verdict.Warn}},
		"8192 bits":       {map[string]any{"kty": "RSA", "n": size(8192), "e": "AQAB"}, map[string]verdict.Status{"jose.key_size": verdict.Warn}},
		"exponent 3":      {jwk(t, jose.RS256, map[string]any{"e": "Aw"}), map[string]verdict.Status{"jose.key_exponent": verdict.Warn}},
		"ROCA":            {map[string]any{"kty": "RSA", "n": roca, "e": "AQAB"}, map[string]verdict.Status{"jose.key_roca": verdict.Warn}},
		"leading zero":    {jwk(t, jose.RS256, map[string]any{"e": "AAEAAQ"}), map[string]verdict.Status{"jose.key_encoding": verdict.Warn}},
		"x5c a string":    {jwk(t, jose.RS256, map[string]any{"x5c": "MII"}), map[string]verdict.Status{"jose.key_x5c": verdict.Warn}},
		"x5c empty":       {jwk(t, jose.RS256, map[string]any{"x5c": []string{}}), map[string]verdict.Status{"jose.key_x5c": verdict.Warn}},
		"x5c not DER":     {jwk(t, jose.RS256, map[string]any{"x5c": []string{"AAAA"}}), map[string]verdict.Status{"jose.key_x5c": verdict.Warn}},
		"elliptic curves": {jwk(t, jose.ES512, nil), map[string]verdict.Status{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			set := keySet(t, test.key)
			if len(set.Keys) != 1 {
				t.Fatal(set.Rejected)
			}
			got := map[string]verdict.Status{}
			for _, c := range set.Keys[0].Checks() {
				got[c.Rule] = c.Status
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if len(set.Checks()) != len(test.want) {
				t.Error(set.Checks())
			}
		})
	}
}

func TestDuplicateKeyIDsAreReported(t *testing.T) {
	checks := keySet(t, jwk(t, jose.RS256, nil), jwk(t, jose.ES256, nil), jwk(t, jose.ES256, nil)).Checks()
	want := verdict.Checks{{
		Rule: "jose.key_id", Spec: "RFC 7517 §4.5", Status: verdict.Warn, Want: "one key for each kid",
		Got: "two different keys with kid k1", Hint: "the provider should give each key a kid of its own",
	}}
	if diff := cmp.Diff(want, checks); diff != "" {
		t.Error(diff)
	}
}

func TestKeySetIsBounded(t *testing.T) {
	keys := make([]any, 500)
	for i := range keys {
		keys[i] = jwk(t, jose.ES256, map[string]any{"kid": fmt.Sprint(i)})
	}
	set := keySet(t, keys...)
	if len(set.Keys) != 100 || len(set.Rejected) != 1 {
		t.Errorf("%d keys, %d rejected", len(set.Keys), len(set.Rejected))
	}
}

func TestParseLocalKeys(t *testing.T) {
	pkix, _ := x509.MarshalPKIXPublicKey(keyFor(jose.ES256).Public())
	pkcs8, _ := x509.MarshalPKCS8PrivateKey(keyFor(jose.RS256))
	der, _ := base64.StdEncoding.DecodeString(certificate(t))
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	one, _ := json.Marshal(jwk(t, jose.ES256, nil))
	tests := map[string]struct {
		data []byte
		want []string
	}{
		"a set":          {jwks(t, jwk(t, jose.ES256, nil), jwk(t, jose.RS256, nil)), []string{"EC", "RSA"}},
		"one JWK":        {one, []string{"EC"}},
		"symmetric":      {[]byte(`{"kty":"oct","k":"AAAA"}`), []string{"oct"}},
		"private JWK":    {[]byte(rfc7515RSA), []string{"RSA"}},
		"public PEM":     {block("PUBLIC KEY", pkix), []string{"EC"}},
		"certificate":    {append([]byte("Subject: test\n"), block("CERTIFICATE", der)...), []string{"RSA"}},
		"private PEM":    {block("PRIVATE KEY", pkcs8), []string{"RSA"}},
		"two PEM blocks": {append(block("PUBLIC KEY", pkix), block("CERTIFICATE", der)...), []string{"EC", "RSA"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			set, err := jose.ParseLocalKeys(test.data)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, k := range set.Keys {
				got = append(got, k.KeyType)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, data := range map[string]string{
		"nothing": "", "text": "hello", "PEM of something else": string(block("X509 CRL", der)), "a bad JWK": `{"kty":"RSA"}`,
	} {
		if _, err := jose.ParseLocalKeys([]byte(data)); problem.As(err).Code != "jose.key_set" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeysDoNotPrintSecrets: the JSON of a key is its public part, whatever it was read from.
func TestKeysDoNotPrintSecrets(t *testing.T) {
	private, err := jose.ParseLocalKeys([]byte(rfc7515RSA))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []*jose.Key{private.Keys[0], jose.SecretKeys(secret.New(sharedSecret)).Keys[0]} {
		out, err := json.Marshal(k)
		var members map[string]string
		if err != nil || json.Unmarshal(out, &members) != nil {
			t.Fatal(err, string(out))
		}
		for _, name := range []string{"d", "p", "q", "k"} {
			if _, there := members[name]; there {
				t.Errorf("%s is in %s", name, out)
			}
		}
		if text := fmt.Sprintf("%v %+v %#v", k, k, k); strings.Contains(text, sharedSecret) {
			t.Error("a secret is printed")
		}
	}
	if got := jose.SecretKeys(secret.New(sharedSecret)).Keys[0].Thumbprint(); got != "" {
		t.Errorf("the thumbprint of a secret: %s", got)
	}
}

func TestParseAlgorithms(t *testing.T) {
	got, err := jose.ParseAlgorithms([]string{"RS256", " ES256", "RS256"})
	if diff := cmp.Diff(jose.Algorithms{jose.RS256, jose.ES256}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for name, hint := range map[string]string{
		"none":  "name a signature algorithm, such as RS256",
		"NONE":  "name a signature algorithm, such as RS256",
		"RS265": "did you mean RS256?",
		"rs256": "did you mean RS256?",
		"":      "supported: RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 Ed25519 EdDSA HS256 HS384 HS512",
	} {
		_, err := jose.ParseAlgorithms([]string{name})
		p := problem.As(err)
		if diff := cmp.Diff([]any{problem.Usage, "usage.algs", hint}, []any{p.Kind, p.Code, p.Hint}); diff != "" {
			t.Errorf("%q: %s", name, diff)
		}
	}
	if _, err := jose.ParseAlgorithms(nil); problem.As(err).Code != "usage.algs" {
		t.Errorf("an empty list: %v", err)
	}
	if !(jose.Algorithms{jose.EdDSA}).Allows(jose.Ed25519) || (jose.Algorithms{}).Allows(jose.RS256) || jose.Asymmetric().Allows(jose.HS256) || jose.Asymmetric().Allows("none") {
		t.Error("Allows")
	}
}

func TestNothingPrintsSecrets(t *testing.T) {
	private, err := jose.ParsePrivateKey([]byte(rfc7515RSA), secret.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	shared := jose.NewSecretSigner(secret.New(sharedSecret), jose.HS256)
	source := jose.WithSecret(jose.Fixed(nil), secret.New(sharedSecret))
	for _, value := range []any{
		private, *private, shared, *shared, signerFor(t, jose.RS256, ""), source,
		jose.SecretKeys(secret.New(sharedSecret)),
		[]*jose.Key{jose.SecretKeys(secret.New(sharedSecret)).Keys[0]},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			text := fmt.Sprintf(verb, value)
			if strings.Contains(text, sharedSecret) || len(text) > 600 {
				t.Errorf("%T with %s: %.100s", value, verb, text)
			}
		}
	}
}
