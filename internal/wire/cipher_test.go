package wire

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// TestCipherSuites has a server with one suite that a profile does not recommend.
func TestCipherSuites(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }))
	server.TLS = &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for _, test := range []struct {
		suites []uint16
		code   string
	}{
		{nil, ""},
		{[]uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, "network.tls.alert"},
	} {
		client, err := New(Options{CACertPEM: roots, CipherSuites: test.suites})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Do(t.Context(), Request{Method: http.MethodGet, URL: server.URL})
		if test.code == "" && err != nil || test.code != "" && problem.As(err).Code != test.code {
			t.Errorf("%v: %v", test.suites, err)
		}
	}
}
