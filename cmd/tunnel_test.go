package cmd_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/oauthctl/oauthctl/internal/op"
)

// startTunnel is for what a built-in provider's own address is to be asked for: tunnel as=PERSONA ISSUER starts the
// embedded provider as that https issuer, and a proxy that reaches this one host and no other. It sets PROXY, ISSUER,
// HOSTPORT and the clients' secrets, and writes the authority of the host's certificate to host-ca.pem.
func startTunnel(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: tunnel as=PERSONA ISSUER")
	}
	config, err := op.Persona(strings.TrimPrefix(args[0], "as="))
	ts.Check(err)
	issuer, err := url.Parse(args[1])
	ts.Check(err)
	config.Issuer, config.PollInterval = args[1], time.Second
	config.MTLS = "https://" + issuer.Host // nobody shows a certificate there
	provider, err := op.New(config)
	ts.Check(err)

	front := httptest.NewUnstartedServer(provider)
	certificate := certificateOf(ts, issuer.Hostname())
	front.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	front.StartTLS()
	ts.Defer(front.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	ts.Check(os.WriteFile(ts.MkAbs("host-ca.pem"), ca, 0o600))

	proxy := httptest.NewServer(connectTo(issuer.Hostname()+":443", front.Listener.Addr().String()))
	ts.Defer(proxy.Close)
	ts.Setenv("PROXY", proxy.URL)
	setProvider(ts, provider)
}

// certificateOf makes a certificate for a host, which is its own authority.
func certificateOf(ts *testscript.TestScript, host string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// connectTo is a proxy that knows one host, and connects it to an address.
func connectTo(host, address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != host {
			http.Error(w, "not through here", http.StatusForbidden)
			return
		}
		there, err := net.Dial("tcp", address)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			_ = there.Close()
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(there, here)
			_ = there.Close()
		}()
		_, _ = io.Copy(here, there)
		_ = here.Close()
	}
}

// throughTunnel is the way of the user's browser to such a host: nil where there is none.
func throughTunnel() http.RoundTripper {
	proxy, err := url.Parse(os.Getenv("PROXY")) // a browser is not told our own settings
	ca, unread := os.ReadFile(filepath.Join(os.Getenv("WORK"), "host-ca.pem"))
	if err != nil || unread != nil || proxy.Host == "" {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		Proxy: func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme == "http" {
				return nil, nil // the client's own page, on loopback
			}
			return proxy, nil
		},
	}
}
