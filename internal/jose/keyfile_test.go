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

	// One key of P-256 as openssl 3 encrypts it on demand: openssl ec -aes128, -des3 and -camellia128, and
	// openssl pkcs8 -topk8 with -scrypt and with -v1 PBE-SHA1-3DES. The password is opensesame.
	oldPEM = `-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,A209DA34999EB9505DC6F38677F58226

rP+NDLgVApBFIetWzv48Y6qf1WwREIS7jEMsrIqEpKYrv9F3CNG4eREEOwV/Db+p
/3ZPrwGOHCnI5ElGDD0xPIbm5NbOFXItBO5MMf8l42p2txoZXjd5PAHU37v8whog
gXR0P8JyGmcabthv/PyytvbRJRbcr5FyTKXAJSMTRtE=
-----END EC PRIVATE KEY-----`
	old3PEM = `-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: DES-EDE3-CBC,1130F2550C3D183E

q9HjGgRZlBSxROCAE6Af5HCjVuvogkQJbmTCuOUI8V5CHhh5lGaKqec6ERk58C6y
cPon7UKwjSr3BxgZWkYtyIGIse53vQ3ZbtTQ5VFCccAZ/d4VilrBzhsqLTg4wqiq
yiUzMgnxGt9MooV59bcosxxYRUv7GSvyNzUY7l8iV8I=
-----END EC PRIVATE KEY-----`
	camelliaPEM = `-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: CAMELLIA-128-CBC,5A27A80464FB8B942442D499578C56CE

R9ZPemiVybZU147jJ44PwyE/8CIdlY3AdgpBVzZ4PePoXkh9DyvVVgLygwh9/6SG
x2rtRcbjWRvoK/SpHd+qOQb1tqsXvE8F6E9nO2AjTTbacAnGicIcR8a3UmQ0fpsX
Y9GBTx3Bhs/U9PoAwYNMgcSOsKnAgwDefBXZK9erMxg=
-----END EC PRIVATE KEY-----`
	scryptPEM = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAi8ZABwB24T4wICQAAC
AQgCAQEwHQYJYIZIAWUDBAEqBBCdwt8f0BZcUpV0ICUZHCqBBIGQsmltIacfgDwu
gkg5XdGUH+GMx5ILFoCYtMS/2+X7syBUJf/1CRL+wDBrj9CPcEaY7YIPwK7eGZe8
O7oBsrs6ePdst0aCTQdxPFEvvVNT9HTisqjDVOP81xN3j2VMGQZWK52aJpjonkRt
b8JWnnPmA0GPSwRdFOQBRyzfwC3gbNHPXsaqfzugb4k91qNywpLm
-----END ENCRYPTED PRIVATE KEY-----`
	pbes1PEM = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGxMBwGCiqGSIb3DQEMAQMwDgQITF8P1dzWtLYCAggABIGQwO7YZTCyT7pSXUPm
aeHtzzDJwQ0IlbZ9i9NOEUJYurKsaN0nqm9SRL6dFae0Nn1TR99I/MVWfp7xMWKq
HAMlwqnFalH3hk7985P2W5SffPFPZ1Dqpbsdbm+N+8LU8v8cvP3CEMu/BFYezlgm
D08olun23FHlWJHxT6WvIrn8YkXH/bwe4g4Mreop1BXj7ZFO
-----END ENCRYPTED PRIVATE KEY-----`
)

func TestParseKeyFile(t *testing.T) {
	const thumbprint8037 = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" // RFC 8037 appendix A.3
	const oldThumbprint = "qxNdXr5hLpGy4ZTChpg_FES7KojZc4V7zBUHvO3LGq8"
	const bad = "not a usable key: "
	const notRead = "not a usable private key: the private key is encrypted in a way that is not read here: "
	const convert = "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW"
	const needed = "not a usable private key: the private key is encrypted"
	const give = "give its password with --key-password-file FILE, or decrypt it: openssl pkey -in KEY -out PLAIN"
	const wrong = "not a usable private key: the private key cannot be decrypted: wrong password, or damaged"
	tests := map[string]struct {
		data, password string
		thumbprints    []string
		message, hint  string
	}{
		"a private JWK":         {ed8037, "", []string{thumbprint8037}, "", ""},
		"a set of it":           {`{"keys":[` + ed8037 + `,{"kty":"oct","k":"AAAA"}]}`, "", []string{thumbprint8037}, "", ""},
		"PEM with its password": {ecPEM, "opensesame", []string{"zYZpxu0zZNTcz7cRC1SZ036xO0xH1wF8GLuQtlmhsbM"}, "", ""},
		"PEM without its password": {
			ecPEM, "", nil, needed, give,
		},
		"PEM with another password": {
			ecPEM, "opensesam", nil, wrong, "check the file of --key-password-file",
		},
		"the old format, AES":               {oldPEM, "opensesame", []string{oldThumbprint}, "", ""},
		"the old format, 3DES":              {old3PEM, "opensesame", []string{oldThumbprint}, "", ""},
		"the old format, without password":  {oldPEM, "", nil, needed, give},
		"the old format, another password":  {oldPEM, "opensesam", nil, wrong, "check the file of --key-password-file"},
		"the old format, padding by chance": {oldPEM, "wrong124", nil, wrong, "check the file of --key-password-file"},
		"the old format, damaged":           {strings.Replace(oldPEM, "gXR0", "", 1), "opensesame", nil, wrong, "check the file of --key-password-file"},
		"the old format, Camellia":          {camelliaPEM, "opensesame", nil, notRead + "by CAMELLIA-128-CBC", convert},
		"the old format, Camellia, without": {camelliaPEM, "", nil, notRead + "by CAMELLIA-128-CBC", convert},
		"scrypt":                            {scryptPEM, "opensesame", nil, notRead + "its password is not hashed with PBKDF2", convert},
		"scrypt, without":                   {scryptPEM, "", nil, notRead + "its password is not hashed with PBKDF2", convert},
		"PBES1":                             {pbes1PEM, "opensesame", nil, notRead + "not by PBES2", convert},
		"a secret":                          {`{"kty":"oct","k":"AAAA"}`, "", nil, bad + "a symmetric key has no public part", "make"},
		"an empty set":                      {`{"keys":[]}`, "", nil, bad + "no key in the set can be used", "make"},
		"nothing":                           {"", "", nil, bad + "neither JSON nor PEM: the JSON ends too early", "make"},
		"halves of two":                     {strings.Replace(ed8037, "nWGx", "AAAA", 1), "", nil, "not a usable private key: its private part belongs to another public key", "make2"},
		"an unknown kty":                    {`{"kty":"ML"}`, "", nil, bad + "entry 1: ignored: not supported: key type ML", "make"},
		"a cut private key":                 {strings.Replace(ecPEM, "MIHs", "MIHt", 1), "opensesame", nil, "not a usable private key: it is damaged, or no key of RSA, P-256, P-384, P-521 or Ed25519: asn1: syntax error: data truncated", "make2"},
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
