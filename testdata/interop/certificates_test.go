package interop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority is a certificate authority that the provider trusts.
type authority struct {
	file string // its certificate in PEM, for --cacert
	key  crypto.Signer
	cert *x509.Certificate
}

// pair is a certificate and its key, in files in PEM.
type pair struct {
	cert, key string
	der       []byte
}

// newAuthority makes an authority, and in dir what server.mjs needs of it.
func newAuthority(dir string) (*authority, error) {
	a := &authority{}
	own, err := a.issue(dir, "ca", &x509.Certificate{
		Subject: pkix.Name{CommonName: "Interop CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	if err != nil {
		return nil, err
	}
	a.file = own.cert
	_, err = a.issue(dir, "server", &x509.Certificate{
		Subject: pkix.Name{CommonName: "provider"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return a, err
}

// issue makes a key and a certificate; the first that an authority issues is its own.
func (a *authority) issue(dir, name string, c *x509.Certificate) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	if a.key == nil {
		a.key, a.cert = key, c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, key.Public(), a.key)
	if err != nil {
		return pair{}, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return pair{}, err
	}
	out := pair{filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key"), der}
	if err := os.WriteFile(out.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		return pair{}, err
	}
	return out, os.WriteFile(out.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600)
}

// client makes a certificate for a client, by the authority or, where that is nil, signed by itself.
func client(t *testing.T, a *authority, name string) pair {
	t.Helper()
	if a == nil {
		a = &authority{}
	}
	out, err := a.issue(t.TempDir(), "client", &x509.Certificate{
		Subject:     pkix.Name{Organization: []string{"Interop"}, CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// flags present the certificate, and trust the authority of the listener that asks for it.
func (p pair) flags(a *authority) []string {
	return []string{"--cacert", a.file, "--cert", p.cert, "--key", p.key}
}

// x5c is the certificate as a member of a JWK (RFC 7517 §4.7).
func (p pair) x5c() []string { return []string{base64.StdEncoding.EncodeToString(p.der)} }

// x5t is how tokens name the certificate to which they are bound (RFC 8705 §3.1).
func (p pair) x5t() string {
	sum := sha256.Sum256(p.der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
