package op

import (
	"bytes"
	"crypto/x509"
	"testing"
	"time"
)

// TestSelfSigned reads each key's certificate as others do.
func TestSelfSigned(t *testing.T) {
	ring, err := parseKeys(testKeys)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for _, id := range ring.order {
		key := ring.keys[id]
		der, err := selfSigned(key, "limosa", from, from.AddDate(1, 0, 0))
		if err != nil {
			t.Fatal(id, err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(id, err)
		}
		if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
			t.Error(id, err)
		}
		want, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil || !bytes.Equal(c.RawSubjectPublicKeyInfo, want) {
			t.Error(id, "has another key:", err)
		}
		if c.Subject.String() != "CN=limosa" || c.Issuer.String() != "CN=limosa" || !c.NotBefore.Equal(from) || !c.NotAfter.Equal(from.AddDate(1, 0, 0)) {
			t.Error(id, c.Subject, c.Issuer, c.NotBefore, c.NotAfter)
		}
	}
}
