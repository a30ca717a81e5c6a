package wire

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

func noHandshake(a attempt, host string, err error) *problem.Error {
	var record tls.RecordHeaderError
	var op *net.OpError
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		plain := "http://" + text.Escape(a.url.Host)
		if !IsLoopback(a.url.Hostname()) {
			plain += " and --allow-http"
		}
		return &problem.Error{
			Code: "network.tls.plain", Message: host + " does not speak TLS on this port",
			Hint: "check the port; if the server is meant to be plain, use " + plain,
		}
	case errors.As(err, &op) && op.Op == "remote error":
		p := &problem.Error{
			Code: "network.tls.alert", Message: host + " ended the TLS handshake: " + text.Escape(op.Err.Error()),
			Hint: "if the server asks for a client certificate, give one: --cert FILE --key FILE",
		}
		if strings.Contains(p.Message, "protocol version") { // crypto/tls has no error value for it; a test with an old server guards it
			p.Hint = "the server must speak TLS 1.2 or later"
		}
		return p
	case errors.As(err, &op) && op.Op == "local error":
		return &problem.Error{
			Code: "network.tls.handshake", Message: host + ": no TLS connection: " + text.Escape(op.Err.Error()),
			Hint: "the server must speak TLS 1.2 or later",
		}
	}
	return nil
}

// badCertificate names what is wrong with a certificate, which issuer is missing, and which trust was read.
func (c *Client) badCertificate(a attempt, host string, err error) *problem.Error {
	var bad *tls.CertificateVerificationError
	if !errors.As(err, &bad) || len(bad.UnverifiedCertificates) == 0 {
		return nil
	}
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	chain := bad.UnverifiedCertificates
	switch {
	case errors.As(err, &name):
		return &problem.Error{
			Code: "network.tls.hostname", Message: "the certificate of " + host + " is for another host",
			Want: text.Escape(a.url.Hostname()), Got: names(chain[0]), Spec: "RFC 9525 §6",
			Hint: "use one of the certificate's names in the address, or mend the certificate",
		}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return c.expired(host, invalid.Cert)
	case errors.As(err, &invalid):
		return &problem.Error{
			Code: "network.tls.certificate", Message: "the certificate of " + host + " is not valid: " + text.Escape(invalid.Error()),
			Got: described(chain),
		}
	}
	return c.unknownAuthority(host, chain)
}

func (c *Client) expired(host string, cert *x509.Certificate) *problem.Error {
	p := &problem.Error{
		Code: "network.tls.expired", Message: "the certificate of " + host + " has expired",
		Want: "valid at " + c.options.Now().UTC().Format(time.RFC3339) + " (this machine's clock)",
		Got: fmt.Sprintf("%s valid from %s to %s", subject(cert),
			cert.NotBefore.UTC().Format(time.RFC3339), cert.NotAfter.UTC().Format(time.RFC3339)),
		Hint: "check this machine's clock; else the server needs a new certificate",
	}
	if c.options.Now().Before(cert.NotBefore) {
		p.Message = "the certificate of " + host + " is not valid yet"
	}
	return p
}

func (c *Client) unknownAuthority(host string, chain []*x509.Certificate) *problem.Error {
	last := chain[len(chain)-1]
	missing := text.Escape(last.Issuer.String())
	p := &problem.Error{
		Code: "network.tls.unknown_authority", Message: "the certificate of " + host + " is signed by an unknown authority",
		Want: "a chain that ends in " + c.trusted(), Got: described(chain) + ", whose issuer " + missing + " is not trusted",
		Hint: "get the certificate of " + missing + " and give it: --cacert FILE",
	}
	if last.Issuer.String() == last.Subject.String() {
		p.Got = described(chain) + ", which is self-signed and not trusted"
		p.Hint = "if this is the right server, trust its certificate: --cacert FILE"
	}
	return p
}

// trusted names the trust sources that were read.
func (c *Client) trusted() string {
	source := "the system's trust store (or SSL_CERT_FILE)"
	if c.options.CACertPEM != nil {
		source += " and --cacert"
	}
	return source
}

func described(chain []*x509.Certificate) string {
	all := make([]string, 0, len(chain))
	for _, cert := range chain[:min(len(chain), 6)] {
		all = append(all, subject(cert))
	}
	return strings.Join(all, " ← ")
}

func subject(cert *x509.Certificate) string {
	return text.Escape(cmp.Or(cert.Subject.String(), names(cert), "certificate without a name"))
}

func names(cert *x509.Certificate) string {
	all := cert.DNSNames
	for _, ip := range cert.IPAddresses {
		all = append(all, ip.String())
	}
	const most = 8
	if len(all) > most {
		return text.Escape(strings.Join(all[:most], ", ")) + fmt.Sprintf(" and %d more", len(all)-most)
	}
	return text.Escape(cmp.Or(strings.Join(all, ", "), cert.Subject.CommonName, "no name at all"))
}
