package cmd

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// harvest is a network that keeps each secret that passes, by kind. It knows nothing of how ours are hidden.
type harvest struct {
	network http.RoundTripper
	mu      sync.Mutex
	found   map[string][]string
}

// harvested are the parameters, members and header fields whose values nobody but the two sides may see.
func harvested() []string {
	return []string{
		"access_token", "refresh_token", "id_token", "code", "code_verifier", "client_secret", "client_assertion", "assertion",
		"password", "device_code", "auth_req_id", "subject_token", "actor_token", "token", "registration_access_token",
		"request", "response", "authorization", "basic password", "dpop", "cookie", "jwt answer", "decrypted token", "private key",
	}
}

func (h *harvest) keep(kind, value string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(value) >= 8 && !slices.Contains(h.found[kind], value) {
		h.found[kind] = append(h.found[kind], value)
	}
}

// all is what was kept so far: a browser may still be on its way.
func (h *harvest) all() map[string][]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.found)
}

// RoundTrip sends the request and keeps what is secret in it and in its answer.
func (h *harvest) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		h.learn(r.Header, body)
	}
	h.learn(r.Header, nil)
	res, err := h.network.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.Header.Add("Set-Cookie", "sid="+rand.Text()+"; Path=/; HttpOnly") // as load balancers do
	h.learn(res.Header, body)
	return res, err
}

func (h *harvest) learn(header http.Header, body []byte) {
	scheme, credentials, _ := strings.Cut(header.Get("Authorization"), " ")
	h.keep("authorization", credentials)
	if plain, err := base64.StdEncoding.DecodeString(credentials); err == nil && scheme == "Basic" {
		_, password, _ := strings.Cut(string(plain), ":")
		h.keep("basic password", password)
	}
	h.keep("dpop", header.Get("DPoP"))
	for _, cookie := range (&http.Response{Header: header}).Cookies() {
		h.keep("cookie", cookie.Value)
	}
	if strings.HasSuffix(header.Get("Content-Type"), "jwt") {
		h.keep("jwt answer", string(body))
	}
	fields, _ := url.ParseQuery(string(body))
	var members map[string]any
	_ = json.Unmarshal(body, &members)
	for _, kind := range harvested() {
		for _, value := range fields[kind] {
			h.keep(kind, value)
		}
		if value, ok := members[kind].(string); ok {
			h.keep(kind, value)
		}
	}
}

// front is the network of the browser, which carries what comes by redirect and in forms that pages post.
type front struct {
	*harvest
	network http.RoundTripper
}

// RoundTrip sends the request, and keeps what is secret in the way back to the client.
func (f front) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		f.learn(http.Header{}, body)
	}
	res, err := f.network.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if back, err := res.Location(); err == nil {
		f.learn(http.Header{}, []byte(back.RawQuery))
		f.learn(http.Header{}, []byte(back.EscapedFragment()))
	}
	return res, nil
}

// open keeps what is inside of the encrypted tokens.
func (h *harvest) open(t *testing.T) {
	t.Helper()
	found := h.all()
	for _, tokens := range [][]string{found["id_token"], found["jwt answer"]} {
		for _, token := range tokens {
			for _, alg := range []string{"RSA-OAEP", "ECDH-ES"} {
				_, pem := op.TestDecryptionKey(alg)
				key, err := jose.ParseDecryptionKey([]byte(pem), secret.Secret{})
				if err != nil {
					t.Fatal(err)
				}
				if inner, _, err := jose.Decrypt(token, jose.Decryption{Keys: []*jose.DecryptionKey{key}}); err == nil && inner != nil {
					h.keep("decrypted token", string(inner.Plaintext))
				}
			}
		}
	}
}

// files keeps every line of the private keys that the commands read.
func (h *harvest) files(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, key, ok := strings.Cut(string(data), "PRIVATE KEY-----\n"); ok {
			for line := range strings.Lines(key) {
				if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") {
					h.keep("private key", line)
				}
			}
		}
	}
}

// throughTLS is the network for a step: with the certificate that its command line names.
func throughTLS(t *testing.T, dir string, args []string) http.RoundTripper {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(op.TestCA()))
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	if i := slices.Index(args, "--cert"); i >= 0 {
		in := strings.NewReplacer("{dir}", dir)
		pair, err := tls.LoadX509KeyPair(in.Replace(args[i+1]), in.Replace(args[slices.Index(args, "--key")+1]))
		if err != nil {
			t.Fatal(err)
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	network := &http.Transport{TLSClientConfig: config}
	t.Cleanup(network.CloseIdleConnections)
	return network
}

// handsOver says whether the result of a command line is a secret.
func handsOver(args []string) bool {
	for i, arg := range args {
		if arg == "-o" {
			return !slices.Contains([]string{formatClaims, formatSummary}, args[i+1])
		}
	}
	return args[0] == "token" || args[0] == "client" || args[0] == "key"
}

// TestNoSecretLeaks runs every flow of the demo with -v, --trace and --har, and looks through all that each printed and
// wrote for every secret that passed between the two sides until then.
func TestNoSecretLeaks(t *testing.T) {
	h := &harvest{found: make(map[string][]string)}
	d := &demo{dir: t.TempDir(), values: make(map[string]string), app: &App{
		Out: io.Discard, Err: io.Discard, GOOS: "linux", Now: time.Now, Transport: h,
	}}
	if err := d.files(); err != nil {
		t.Fatal(err)
	}
	h.files(t, d.dir)
	defer func() {
		if d.server != nil {
			_ = d.server.Close()
		}
	}()
	system := &http.Transport{DisableKeepAlives: true}
	d.browser = front{h, system}
	printed, hidden := make(map[string]string), 0
	for _, s := range steps() {
		archive := filepath.Join(d.dir, "exchange.har")
		handed := handsOver(words(s.args))
		h.network = throughTLS(t, d.dir, words(s.args))
		s.args += " -v --trace --har '" + archive + "'"
		if s.keep == "" {
			s.keep = "result" // so that stdout can be looked at
		}
		o, err := d.run(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if !o.OK {
			t.Errorf("%s: exit %d\n%s", s.name, o.Exit, o.stderr)
		}
		har, err := os.ReadFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		text := o.stderr
		if strings.HasPrefix(o.Command, "oauthctl logout") { // its address carries the ID token as a hint, to be opened by a person
			before, after, _ := strings.Cut(text, "open: ")
			_, after, _ = strings.Cut(after, "\n")
			text = before + after
		}
		if !handed {
			text += d.values[s.keep]
		}
		printed[s.name] = text + string(har)
		hidden += strings.Count(printed[s.name], "[redacted:")
		checkArchive(t, s.name, har)
	}
	h.open(t)
	if hidden < len(printed) {
		t.Errorf("%d secrets were hidden in %d runs: what is this test looking at?", hidden, len(printed))
	}
	found := h.all()
	for _, kind := range harvested() {
		if len(found[kind]) == 0 {
			t.Errorf("no flow used a secret of the kind %q", kind)
		}
		for _, value := range found[kind] {
			for name, text := range printed {
				if strings.Contains(text, value) || strings.Contains(text, url.QueryEscape(value)) {
					t.Errorf("%s: the %s was printed: %.12s…", name, kind, value)
				}
			}
		}
		t.Logf("%3d %s", len(found[kind]), kind)
	}
	t.Logf("searched for in all that %d runs printed and wrote, in which %d values were redacted", len(printed), hidden)
}
