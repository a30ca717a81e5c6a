package jose_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

const (
	ed8037 = `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	ecPEM  = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgr5i84QtvLAgICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEHGSK6qCXXjBS4RpzB0rar4EgZCm
1g7Bx4QvRX+RC0vANPf/yNYchf+JA7K4aOchygJNrmXETH8v+iPNh1/iCXI7Qc+S
0/BoDIIORxV94vMBnhM5cv+CNYkuHFWkEEGSZn/VZ4A37uODKUkaEYyvQP3z1ohx
4QWRuQ8YBiRTIRJjdFtMaiqM4UCvngMrVUaRwfGGYtZwG6KTWwUul68+I1diaYQ=
-----END ENCRYPTED PRIVATE KEY-----`
)

func TestParseKeyFile(t *testing.T) {
	const thumbprint8037 = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" // RFC 8037 appendix A.3
	const bad = "not a usable key: "
	tests := map[string]struct {
		data, password string
		thumbprints    []string
		message, hint  string
	}{
		"a private JWK":         {ed8037, "", []string{thumbprint8037}, "", ""},
		"a set of it":           {`{"keys":[` + ed8037 + `,{"kty":"oct","k":"AAAA"}]}`, "", []string{thumbprint8037}, "", ""},
		"PEM with its password": {ecPEM, "opensesame", []string{"zYZpxu0zZNTcz7cRC1SZ036xO0xH1wF8GLuQtlmhsbM"}, "", ""},
		"PEM without its password": {
			ecPEM, "", nil, "not a usable private key: the private key is encrypted", "give its password with --key-password-file FILE, or decrypt it: openssl pkey -in KEY -out PLAIN",
		},
		"PEM with another password": {
			ecPEM, "opensesam", nil, "not a usable private key: the private key cannot be decrypted: wrong password, or damaged", "check the file of --key-password-file",
		},
		"a secret":          {`{"kty":"oct","k":"AAAA"}`, "", nil, bad + "a symmetric key has no public part", "make"},
		"an empty set":      {`{"keys":[]}`, "", nil, bad + "no key in the set can be used", "make"},
		"nothing":           {"", "", nil, bad + "neither JSON nor PEM: the JSON ends too early", "make"},
		"halves of two":     {strings.Replace(ed8037, "nWGx", "AAAA", 1), "", nil, "not a usable private key: its private part belongs to another public key", "make2"},
		"an unknown kty":    {`{"kty":"ML"}`, "", nil, bad + "entry 1: ignored: not supported: key type ML", "make"},
		"a cut private key": {strings.Replace(ecPEM, "MIHs", "MIHt", 1), "opensesame", nil, "not a usable private key: asn1: syntax error: data truncated", "make2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			set, err := jose.ParseKeyFile([]byte(test.data), secret.New(test.password))
			var got []string
			if set != nil {
				for _, key := range set.Keys {
					got = append(got, key.Thumbprint())
				}
			}
			if diff := cmp.Diff(test.thumbprints, got); diff != "" {
				t.Error(diff)
			}
			if err == nil {
				if test.message != "" {
					t.Fatalf("accepted, want %s", test.message)
				}
				return
			}
			hint := map[string]string{
				"make":  "a JWK, a key set or PEM is needed; make one: oauthctl key generate",
				"make2": "a JWK or PEM with a private key is needed; make one: oauthctl key generate",
			}[test.hint]
			if hint == "" {
				hint = test.hint
			}
			p := problem.As(err)
			if diff := cmp.Diff([]string{"usage.key", test.message, hint}, []string{p.Code, p.Message, p.Hint}); diff != "" || p.Kind != problem.Usage {
				t.Error(p.Kind, diff)
			}
		})
	}
}
