package cmd

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestProfileSecretStaysHome: a profile's secret goes to the provider and for the client of that profile alone.
func TestProfileSecretStaysHome(t *testing.T) {
	t.Parallel()
	const value = "only-for-the-profile-0123456789"
	var sent atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if secret == value || r.FormValue("client_secret") == value {
			sent.Add(1)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"t-` + id + `","token_type":"Bearer","expires_in":60}`))
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(value), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		profile, args, env string
		withheld           string // by what; empty: it is sent
	}{
		"its own":                     {"issuer: https://a.example\n    client_id: c", "", "", ""},
		"the same issuer":             {"issuer: https://a.example\n    client_id: c", "--issuer https://a.example --client-id c", "", ""},
		"another issuer":              {"issuer: https://a.example\n    client_id: c", "--issuer https://b.example", "", "--issuer"},
		"another by the environment":  {"issuer: https://a.example\n    client_id: c", "", "OAUTHCTL_ISSUER=https://b.example", "OAUTHCTL_ISSUER"},
		"another client":              {"issuer: https://a.example\n    client_id: c", "--client-id d", "", "--client-id"},
		"an issuer for a provider":    {"provider: cidaas\n    vars: {tenant: a, tld: de}\n    client_id: c", "--issuer https://b.example", "", "--issuer"},
		"another tenant":              {"provider: cidaas\n    vars: {tenant: a, tld: de}\n    client_id: c", "--var tenant=b --var tld=de", "", "--var"},
		"a provider below an issuer":  {"issuer: https://a.example\n    client_id: c", "--provider limosa", "", ""},
		"a profile of secrets alone":  {"scope: [a]", "--issuer https://a.example --client-id c", "", ""},
		"other metadata":              {"metadata_url: https://a.example/m\n    client_id: c", "--metadata-url https://b.example/m", "", "--metadata-url"},
		"one endpoint, another scope": {"issuer: https://a.example\n    client_id: c", "-s x", "", ""},
	} {
		for _, source := range []string{"client_secret: {file: " + file + "}", "client_secret_file: " + file} {
			t.Run(name+", "+strings.SplitN(source, ":", 2)[0], func(t *testing.T) {
				config := filepath.Join(t.TempDir(), "c.yaml")
				text := "current: p\nprofiles:\n  p:\n    " + test.profile + "\n    " + source + "\n"
				if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				var out, errs bytes.Buffer
				app := &App{
					In: strings.NewReader(""), Out: &out, Err: &errs, GOOS: "linux", Now: time.Now,
					Environ: append([]string{"HOME=" + t.TempDir()}, strings.Fields(test.env)...), Transport: everywhere{server},
				}
				before := sent.Load()
				args := append([]string{"token", "client-credentials", "--config", config}, strings.Fields(test.args)...)
				code := execute(t.Context(), app, append(args, "--endpoint", "token="+server.URL+"/token"))
				gone := sent.Load() > before
				warned := strings.Contains(errs.String(), "is not used, for "+test.withheld+" names another")
				if test.withheld == "" && (!gone || code != 0) || test.withheld != "" && (gone || !warned) {
					t.Errorf("exit %d, sent %t\n%s", code, gone, errs.String())
				}
			})
		}
	}
}

// everywhere answers discovery for any issuer, and leaves the rest to a server.
type everywhere struct{ server *httptest.Server }

func (e everywhere) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.String(), e.server.URL) {
		return http.DefaultTransport.RoundTrip(r)
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	issuer, _, _ := strings.Cut(r.URL.String(), "/.well-known/")
	issuer = strings.TrimSuffix(issuer, "/m")
	_, _ = w.WriteString(`{"issuer":"` + issuer + `","authorization_endpoint":"` + issuer + `/a","token_endpoint":"` + issuer + `/t","jwks_uri":"` + issuer + `/j","response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}`)
	return w.Result(), nil
}
