package cmd

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/op"
)

// underFAPI2 are the flags that make a login one of FAPI 2.0, by the client web-fapi2. The last --client-id counts.
func underFAPI2(t *testing.T) []string {
	t.Helper()
	kid, key := op.TestClientKey("ES256")
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--fapi2", "--client-id", "web-fapi2", "--client-key", path, "--client-key-id", kid}
}

// stricter are the faults that the profile refuses by a rule of its own, and earlier than a login without it does.
func stricter() map[string]string {
	return map[string]string{
		"disc-alg-none": "fapi2.alg", // HS256 is not offered at all
		"jose-hs-rsa":   "jose.alg",
		"sig-hs256":     "jose.alg",
		"jwks-oct":      "jose.alg",
	}
}

// TestFAPI2RefusesWhatOthersDo runs logins held to the profile against every fault of a login that must be refused,
// among them all that the tests of the OpenID Foundation for FAPI 2.0 clients have: each is refused under the profile
// too, with the same exit code and rule.
func TestFAPI2RefusesWhatOthersDo(t *testing.T) {
	t.Parallel()
	wants := cases()
	for _, fault := range op.Faults() {
		if fault.Expect != op.Reject || !slices.Contains([]string{op.FlowCode, op.FlowPAR, op.FlowDPoP}, fault.Flow) {
			continue
		}
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			config := op.DefaultConfig()
			config.Faults = []string{fault.Name}
			server, err := op.Start(t.Context(), "127.0.0.1:0", config)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = server.Close() }()
			p := wants[fault.Name].patience()
			login := []string{
				"token", "auth-code", "--issuer", server.Issuer(), "-s", "openid profile offline_access",
				"--timeout", p.timeout, "--wait", p.wait, "--max-age", "3600", "-o", "json",
			}
			got := playAs(t, "", "", append(login, underFAPI2(t)...)...)
			want := wants[fault.Name]
			if rule := stricter()[fault.Name]; rule != "" {
				want.rule = rule
			}
			if code := errorCode([]byte(got.stderr)); got.code != want.exit || code != want.rule || got.stdout != "" {
				t.Errorf("exit %d with code %q, want %d with %q\n%s", got.code, code, want.exit, want.rule, strings.TrimSpace(got.stderr))
			}
		})
	}
}

// TestFAPI2CipherSuites has a server that speaks TLS 1.2 with a suite that BCP 195 does not recommend.
func TestFAPI2CipherSuites(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		profile, code string
		exit          int
	}{{"none", "metadata.not_found", 4}, {"security", "network.tls.alert", 5}} {
		args := append(words("token client-credentials -o json --issuer "+server.URL+" --cacert "+ca), underFAPI2(t)...)
		got := playAs(t, "", "", append(args, "--fapi2="+test.profile)...)
		if code := errorCode([]byte(got.stderr)); got.code != test.exit || code != test.code {
			t.Errorf("%s: exit %d, %s\n%s", test.profile, got.code, code, got.stderr)
		}
	}
}
