package op

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func certificate(t *testing.T, client string) *x509.Certificate {
	t.Helper()
	text, _ := TestCertificate(client)
	block, _ := pem.Decode([]byte(text))
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestMTLS plays a client with real sockets: the metadata lead to the second listener, which asks for its certificate.
func TestMTLS(t *testing.T) {
	s := start(t, DefaultConfig())
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(TestCA()))
	for _, client := range []string{"web-tls", "web-tls-self", ""} {
		t.Run(client, func(t *testing.T) {
			config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
			if client != "" {
				cert, key := TestCertificate(client)
				pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
				if err != nil {
					t.Fatal(err)
				}
				config.Certificates = []tls.Certificate{pair}
			}
			browser := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
			fetch := func(method, address string, form url.Values) map[string]any {
				t.Helper()
				request, _ := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				response, err := browser.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = response.Body.Close() }()
				var out map[string]any
				body, _ := io.ReadAll(response.Body)
				if err := json.Unmarshal(body, &out); err != nil {
					t.Fatalf("%s: %s", address, body)
				}
				return out
			}
			aliases, _ := fetch("GET", s.Issuer()+"/.well-known/openid-configuration", nil)["mtls_endpoint_aliases"].(map[string]any)
			alias, _ := aliases["token_endpoint"].(string)
			if !strings.HasPrefix(alias, "https://127.0.0.1:") {
				t.Fatal(aliases)
			}
			form := url.Values{"grant_type": {grantCredentials}, "client_id": {"web-tls"}}
			if client != "" {
				form.Set("client_id", client)
			}
			got := fetch("POST", alias, form)
			if client != "" && got["access_token"] == nil {
				t.Error(got)
			}
			want := "client 'web-tls' is registered for tls_client_auth, but no client certificate came: send the request to " + alias +
				" with the certificate (RFC 8705 section 5)"
			if client == "" && got["error_description"] != want {
				t.Error(got)
			}
		})
	}
}

func TestCertificateRefusals(t *testing.T) {
	tests := []struct {
		name, client string
		shown        string // the client whose certificate comes
		change       func(*Client)
		wait         time.Duration
		want         string
	}{
		{
			"none", "web-tls", "", nil, 0,
			"client 'web-tls' is registered for tls_client_auth, but no client certificate came: send the request to https://op.test:9443/token with the certificate (RFC 8705 section 5)",
		},
		{
			"another's", "web-tls-self", "web-tls", nil, 0,
			"the client certificate of 'CN=web-tls,O=oauthctl tests' is not registered for client 'web-tls-self'",
		},
		{
			"another's name", "web-tls", "web-tls-self", nil, 0,
			"the client certificate is 'CN=web-tls-self,O=oauthctl tests', but client 'web-tls' is registered as 'CN=web-tls,O=oauthctl tests'",
		},
		{
			"the right name by nobody", "web-tls", "web-tls-self", func(c *Client) { c.TLSSubject = "CN=web-tls-self, O=oauthctl tests" }, 0,
			"the client certificate is not one to be trusted: x509: certificate signed by unknown authority",
		},
		{"expired", "web-tls", "web-tls", nil, 100 * 365 * 24 * time.Hour, "the client certificate is valid from 2020-01-01 to 2120-01-01"},
		{
			"secret instead", "web-tls", "web-tls", func(c *Client) { c.AuthMethod, c.TLSSubject, c.Secret = "", "", DefaultConfig().Clients[0].Secret }, 0,
			"client 'web-tls' authenticated by none, but is registered for client_secret_basic or client_secret_post",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) {
				c.MTLS = "https://op.test:9443"
				for i := range c.Clients {
					if c.Clients[i].ID == test.client && test.change != nil {
						test.change(&c.Clients[i])
					}
				}
			})
			w.advance(test.wait)
			got := w.showing(t, test.shown, url.Values{"grant_type": {grantCredentials}, "client_id": {test.client}})
			if got["error"] != "invalid_client" {
				t.Error(got)
			}
			if diff := cmp.Diff(test.want, got["error_description"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// showingTLS is a connection that was set up with a client's certificate, or with none.
func showingTLS(t *testing.T, client string) *tls.ConnectionState {
	t.Helper()
	state := &tls.ConnectionState{}
	if client != "" {
		state.PeerCertificates = []*x509.Certificate{certificate(t, client)}
	}
	return state
}

// showing sends a token request over a connection that was set up with a client's certificate.
func (w *world) showing(t *testing.T, client string, form url.Values) map[string]any {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "https://op.test:9443/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.TLS = showingTLS(t, client)
	response, _ := w.RoundTrip(r)
	defer func() { _ = response.Body.Close() }()
	var out map[string]any
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestX5C registers a certificate inside a key set, as RFC 8705 §2.2.2 has it.
func TestX5C(t *testing.T) {
	c := certificate(t, "web-tls-self")
	jwk := append(publicJWK("tls", c.PublicKey), member{"x5c", []string{base64.StdEncoding.EncodeToString(c.Raw)}})
	for _, keys := range []any{jwk, document{{"keys", []document{jwk}}}} {
		text, err := json.Marshal(keys)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, func(c *Config) {
			c.MTLS = "https://op.test:9443"
			for i := range c.Clients {
				if c.Clients[i].ID == "web-tls-self" {
					c.Clients[i].Keys = string(text)
				}
			}
		})
		got := w.showing(t, "web-tls-self", url.Values{"grant_type": {grantCredentials}, "client_id": {"web-tls-self"}})
		if got["access_token"] == nil {
			t.Error(got)
		}
	}
}

// TestRegisteredKeys shows what is wrong with a client's keys and authorities.
func TestRegisteredKeys(t *testing.T) {
	_, private := TestClientKey("ES256")
	tests := []struct {
		name, want string
		change     func(*Config)
	}{
		{"no keys", `client "web": the method private_key_jwt needs keys`, func(c *Config) { c.Clients[0] = Client{ID: "web", AuthMethod: authPrivateKey} }},
		{"no subject", `client "web": the method tls_client_auth needs a TLS subject`, func(c *Config) { c.Clients[0] = Client{ID: "web", AuthMethod: authTLS} }},
		{"neither JSON nor PEM", `client "web": its keys: not a key set: neither JSON nor PEM: `, func(c *Config) { c.Clients[0] = Client{ID: "web", Keys: "x"} }},
		{"symmetric", `client "web": its keys: a symmetric key; the client's secret is the one for that`, func(c *Config) {
			c.Clients[0] = Client{ID: "web", Keys: `{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`}
		}},
		{"broken", `client "web": its keys: entry 1: ignored: `, func(c *Config) { c.Clients[0] = Client{ID: "web", Keys: `{"keys":[{"kty":"RSA"}]}`} }},
		{"no certificate", `client "web": its keys: the method self_signed_tls_client_auth needs certificates, in PEM or as x5c`, func(c *Config) {
			c.Clients[0] = Client{ID: "web", AuthMethod: authSelfSigned, Keys: private}
		}},
		{"authorities", "the certificates of client authorities cannot be read: PEM with CERTIFICATE blocks is wanted", func(c *Config) {
			c.MTLS, c.ClientCAs = "https://op.test:9443", "x"
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := DefaultConfig()
			config.Issuer = testIssuer
			test.change(&config)
			_, err := New(config)
			if err == nil || problem.As(err).Kind != problem.Usage || !strings.HasPrefix(problem.As(err).Message, test.want) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := Start(t.Context(), "127.0.0.1:0", Config{Features: []Feature{FeatureMTLS}, ClientCAs: "x"}); problem.As(err).Code != "serve.client_cas" {
		t.Error(err)
	}
}

// TestTestCertificates can be read by other programs: PEM without headers.
func TestTestCertificates(t *testing.T) {
	cert, key := TestCertificate("web-tls")
	for _, text := range []string{cert, key, TestCA()} {
		if !strings.HasPrefix(text, "-----BEGIN ") || strings.Contains(text, ":") {
			t.Error(text)
		}
	}
	if !bytes.Equal(certificate(t, "web-tls-self").RawIssuer, certificate(t, "web-tls-self").RawSubject) {
		t.Error("not self-signed")
	}
}
