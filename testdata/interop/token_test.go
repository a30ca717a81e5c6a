package interop

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// report is what jwt verify -o json prints.
type report struct {
	Valid  bool           `json:"valid"`
	Kind   string         `json:"kind"`
	Claims map[string]any `json:"claims"`
	Key    struct {
		Alg string `json:"alg"`
	} `json:"key"`
	Checks []struct {
		Rule   string `json:"rule"`
		Status string `json:"status"`
	} `json:"checks"`
}

// failed lists the rules that did not hold.
func (r report) failed() []string {
	var out []string
	for _, check := range r.Checks {
		if check.Status == "fail" {
			out = append(out, check.Rule)
		}
	}
	return out
}

// verified reads a report and demands that it, its exit code and its checks agree.
func verified(t *testing.T, r result, exit int) report {
	t.Helper()
	var out report
	if err := json.Unmarshal([]byte(r.stdout), &out); err != nil {
		t.Fatalf("exit %d: %v", r.exit, err)
	}
	if r.exit != exit || out.Valid != (exit == 0) || out.Valid != (len(out.failed()) == 0) {
		t.Errorf("exit %d, valid %v, failed %q; want exit %d", r.exit, out.Valid, out.failed(), exit)
	}
	return out
}

func TestClientCredentials(t *testing.T) {
	p := independent(t)
	for _, alg := range []string{"RS256", "PS256", "ES256", "EdDSA", "Ed25519"} {
		t.Run(alg, func(t *testing.T) {
			api := "https://" + strings.ToLower(alg) + ".api.example"
			r := oauthctl(t, "", append([]string{
				"token", "client-credentials", "--issuer", p.Issuer, "--client-id", "service", "--resource", api, "--scope", "read",
			}, secretFlags(t, p)...)...)
			if r.exit != 0 || strings.Count(r.stdout, ".") != 2 {
				t.Fatalf("exit %d, want 0 and a JWT", r.exit)
			}
			verify := []string{"jwt", "verify", "--issuer", p.Issuer, "--kind", "access", "--require-scope", "read", "-o", "json", "--audience"}
			out := verified(t, oauthctl(t, r.stdout, append(verify, api)...), 0)
			if out.Kind != "access" || out.Key.Alg != alg {
				t.Errorf("kind %s, alg %s", out.Kind, out.Key.Alg)
			}
			if failed := verified(t, oauthctl(t, r.stdout, append(verify, "https://other.example")...), 4).failed(); !reflect.DeepEqual(failed, []string{"jwt.aud"}) {
				t.Errorf("for another audience %q failed, want jwt.aud alone", failed)
			}
			forged := oauthctl(t, forge(r.stdout), append(verify, api)...)
			if failed := verified(t, forged, 4).failed(); !reflect.DeepEqual(failed, []string{"jose.signature"}) {
				t.Errorf("of a forged token %q failed, want jose.signature alone", failed)
			}
		})
	}
}

// forge changes one bit in the middle of a signature.
func forge(token string) string {
	dot := strings.LastIndexByte(token, '.')
	at := (dot + len(token)) / 2
	changed := byte('A')
	if token[at] == 'A' {
		changed = 'B'
	}
	return token[:at] + string(changed) + token[at+1:]
}

func TestOpaqueAccessToken(t *testing.T) {
	p := independent(t)
	args := append([]string{"token", "client-credentials", "--issuer", p.Issuer, "--client-id", "service", "-o", "header"}, secretFlags(t, p)...)
	if r := oauthctl(t, "", args...); r.exit != 0 || !strings.HasPrefix(r.stdout, "Authorization: Bearer ") {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
}

func TestWrongSecret(t *testing.T) {
	p := independent(t)
	const wrong = "wrong-secret-0123456789"
	r := oauthctl(t, "", "token", "client-credentials", "--issuer", p.Issuer, "--client-id", "service", "--client-secret-file", write(t, wrong), "--trace")
	if r.exit != 3 || r.stdout != "" || !strings.Contains(r.stderr, "invalid_client") || strings.Contains(r.stderr, wrong) {
		t.Errorf("exit %d, want 3, nothing on stdout, invalid_client on stderr and no secret", r.exit)
	}
}

// TestDocuments compares what discover and jwks print with what the provider serves.
func TestDocuments(t *testing.T) {
	p := independent(t)
	for path, args := range map[string][]string{
		"/.well-known/openid-configuration": {"discover", p.Issuer, "-o", "json"},
		"/jwks":                             {"jwks", p.Issuer, "-o", "json"},
	} {
		t.Run(args[0], func(t *testing.T) {
			answer, err := http.Get(p.Issuer + path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = answer.Body.Close() }()
			want, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			r := oauthctl(t, "", args...)
			if r.exit != 0 || strings.TrimSpace(r.stdout) != strings.TrimSpace(string(want)) {
				t.Errorf("exit %d, want 0 and the document as it came", r.exit)
			}
		})
	}
}

// TestOtherIssuer starts discovery from a name of the provider that is not its issuer.
func TestOtherIssuer(t *testing.T) {
	p := independent(t)
	r := oauthctl(t, "", "discover", strings.Replace(p.Issuer, "127.0.0.1", "localhost", 1))
	if r.exit != 4 || r.stdout != "" || !strings.Contains(r.stderr, p.Issuer) {
		t.Errorf("exit %d, want 4 and both issuers on stderr", r.exit)
	}
}
