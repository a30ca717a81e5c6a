package cmd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/op"
)

// roundTrip is a transport that is one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestNothingSignedIsSentTwice pushes a signed request to a provider that wants its nonce in the DPoP proof: what is sent
// again is signed again, as a server may take each identifier once only.
func TestNothingSignedIsSentTwice(t *testing.T) {
	t.Parallel()
	config := op.DefaultConfig()
	config.DPoPNonce = time.Minute
	server, err := op.Start(t.Context(), "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	kid, pem := op.TestClientKey("ES256")
	key := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(key, []byte(pem), 0o600); err != nil {
		t.Fatal(err)
	}
	sent := make(map[string][]string)
	var out, errs bytes.Buffer
	app := &App{
		In: strings.NewReader(""), Out: &out, Err: &errs, GOOS: "linux", Now: time.Now, Environ: []string{"HOME=" + t.TempDir()},
		Browser: func(ctx context.Context, url string) {
			go func() { _, _ = op.SignIn(ctx, url, "alice", "wonderland") }()
		},
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/par") {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
				form, _ := url.ParseQuery(string(body))
				sent["request"] = append(sent["request"], form.Get("request"))
				sent["client_assertion"] = append(sent["client_assertion"], form.Get("client_assertion"))
				sent["proof"] = append(sent["proof"], r.Header.Get("DPoP"))
			}
			return http.DefaultTransport.RoundTrip(r)
		}),
	}
	code := execute(t.Context(), app, []string{
		"login", "--issuer", server.Issuer(), "--client-id", "web-jwt", "--client-key", key, "--client-key-id", kid,
		"--par", "always", "--request-object", "--dpop", "-s", "openid",
	})
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, errs.String())
	}
	for _, name := range []string{"request", "client_assertion", "proof"} {
		if got := sent[name]; len(got) != 2 || got[0] == "" || got[1] == "" || got[0] == got[1] {
			t.Errorf("%s: %d were sent, which must be two that differ", name, len(got))
		}
	}
}

// TestNonceOfTheMetadata takes the first nonce from where nothing is proven yet, and not even the key is chosen: the first
// request with a proof bears it. Metadata of another origin give none.
func TestNonceOfTheMetadata(t *testing.T) {
	t.Parallel()
	_, pem := op.TestClientKey("ES256")
	key := filepath.Join(t.TempDir(), "key.pem")
	token := filepath.Join(t.TempDir(), "token")
	if err := errors.Join(os.WriteFile(key, []byte(pem), 0o600), os.WriteFile(token, []byte("opaque"), 0o600)); err != nil {
		t.Fatal(err)
	}
	const grant = "token client-credentials --client-id job -o header --issuer https://id.test "
	const unusable = "warning: dpop.nonce: the server's nonce for DPoP proofs cannot be used: 2 of them, where one DPoP-Nonce header was expected (RFC 9449 §8.1)\n"
	for name, test := range map[string]struct {
		args    string
		give    []string
		want    []string // the nonces of the proofs
		warning string
	}{
		"of the issuer":          {args: grant + "--dpop", give: []string{"n-1"}, want: []string{"n-1"}},
		"of a host by a header":  {args: grant + "--dpop --header Host:as.test", give: []string{"n-1"}, want: []string{"n-1"}},
		"where FAPI 2.0 proves":  {args: grant + "--fapi2 --client-key " + key, give: []string{"n-1"}, want: []string{"n-1"}},
		"for userinfo":           {args: "userinfo --issuer https://id.test --token-file " + token + " --dpop-key " + key, give: []string{"n-1"}, want: []string{"n-1"}},
		"of another origin":      {args: grant + "--dpop --endpoint token=https://as.test/token", give: []string{"n-1"}, want: []string{""}},
		"that cannot be one":     {args: grant + "--dpop", give: []string{"n-1", "n-2"}, want: []string{""}, warning: unusable},
		"where nothing is bound": {args: grant + "--dpop=none", give: []string{"n-1", "n-2"}},
	} {
		var proven []string
		var errs bytes.Buffer
		answer := func(r *http.Request) (*http.Response, error) {
			res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}}}
			body := `{"sub":"alice","access_token":"` + strings.Repeat("opaque", 8) + `","token_type":"DPoP","expires_in":60}`
			switch proof := r.Header.Get("DPoP"); {
			case strings.HasPrefix(r.URL.Path, "/.well-known/"):
				res.Header["Dpop-Nonce"] = test.give
				body = `{"issuer":"https://id.test","token_endpoint":"https://id.test/token","userinfo_endpoint":"https://id.test/userinfo",
					"token_endpoint_auth_methods_supported":["private_key_jwt","none"],"token_endpoint_auth_signing_alg_values_supported":["ES256"],
					"dpop_signing_alg_values_supported":["ES256"]}`
			case proof == "":
				body = strings.Replace(body, "DPoP", "Bearer", 1)
			default:
				token, err := jose.Parse(proof)
				if err != nil {
					return nil, err
				}
				nonce, _ := token.Claims.String("nonce")
				proven = append(proven, nonce)
			}
			res.Body = io.NopCloser(strings.NewReader(body))
			return res, nil
		}
		app := &App{
			In: strings.NewReader(""), Out: io.Discard, Err: &errs, GOOS: "linux", Now: time.Now,
			Environ: []string{"HOME=" + t.TempDir()}, Transport: roundTrip(answer),
		}
		code := execute(t.Context(), app, strings.Fields(test.args))
		if code != 0 || strings.Contains(errs.String(), "dpop.nonce") != (test.warning != "") || !strings.Contains(errs.String(), test.warning) {
			t.Errorf("%s: exit %d\n%s", name, code, errs.String())
		}
		if diff := cmp.Diff(test.want, proven); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
