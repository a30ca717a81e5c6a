package op

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
)

// registeredKeys are what is read from a client's Keys.
type registeredKeys struct {
	keys         []registeredKey
	certificates [][]byte // in DER
}

type registeredKey struct {
	id, use string         // use is sig, enc or empty
	alg     jose.Algorithm // which the key is bound to, or empty
	public  crypto.PublicKey
}

// readKeys reads what verifies assertions and what tokens are encrypted to, and the certificates among it.
func (c *Client) readKeys() (out registeredKeys, err error) {
	if c.Keys == "" {
		return out, c.checkEncryption(out)
	}
	wrong := func(what string) (registeredKeys, error) { return out, c.wrong("its keys: %s", text.Escape(what)) }
	set, err := jose.ParseLocalKeys([]byte(c.Keys))
	if err != nil {
		return wrong(problem.As(err).Message)
	}
	if len(set.Rejected) > 0 {
		return wrong(set.Rejected[0].Check.Got)
	}
	for _, key := range set.Keys {
		if key.Public() == nil {
			return wrong("a symmetric key; the client's secret is the one for that")
		}
		out.keys = append(out.keys, registeredKey{key.KeyID, key.Use, key.Algorithm, key.Public()})
	}
	if out.certificates, err = certificatesIn([]byte(c.Keys)); err != nil {
		return wrong(err.Error())
	}
	if c.AuthMethod == authSelfSigned && len(out.certificates) == 0 {
		return wrong("the method " + authSelfSigned + " needs certificates, in PEM or as x5c")
	}
	return out, c.checkEncryption(out)
}

// certificatesIn returns the certificates in PEM, or the first of each x5c of a key set (RFC 7517 §4.7), in DER.
func certificatesIn(keys []byte) ([][]byte, error) {
	var out [][]byte
	for rest := keys; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			out = append(out, block.Bytes)
		}
	}
	object, err := strictjson.Parse(keys)
	if err != nil {
		return out, nil //nolint:nilerr // it is PEM, which ParseLocalKeys has read
	}
	list, ok := object.Value("keys")
	if !ok {
		list = append(append([]byte("["), keys...), ']')
	}
	elements, err := strictjson.Elements(list)
	if err != nil {
		return nil, err
	}
	for _, element := range elements {
		jwk, err := strictjson.Parse(element)
		if err != nil {
			return nil, err
		}
		chain, err := jwk.Strings("x5c")
		if err != nil {
			return nil, errors.New("x5c is no list of strings")
		}
		if len(chain) == 0 {
			continue
		}
		der, err := base64.StdEncoding.DecodeString(chain[0])
		if err != nil {
			return nil, errors.New("x5c is not base64")
		}
		out = append(out, der)
	}
	return out, nil
}

// certified checks the certificate with which the client set up the connection (RFC 8705 §2.1, §2.2).
func (x *exchange) certified(client *Client, method string) (*Client, *refusal) {
	if !x.p.on(FeatureMTLS) {
		return nil, x.unauthenticated(method + " is not supported; " + strings.Join(x.p.authMethods(), ", ") + " are")
	}
	if x.r.TLS == nil || len(x.r.TLS.PeerCertificates) == 0 {
		return nil, x.unauthenticated("client '" + client.ID + "' is registered for " + method + ", but no client certificate came: send the request to " +
			x.p.alias(x.event.Endpoint) + " with the certificate (RFC 8705 section 5)")
	}
	got := x.r.TLS.PeerCertificates[0]
	switch {
	case x.now.Before(got.NotBefore) || x.now.After(got.NotAfter):
		return nil, x.unauthenticated("the client certificate is valid from " + got.NotBefore.Format("2006-01-02") + " to " + got.NotAfter.Format("2006-01-02"))
	case method == authSelfSigned:
		for _, der := range client.keys.certificates {
			if bytes.Equal(der, got.Raw) {
				return client, nil
			}
		}
		return nil, x.unauthenticated("the client certificate of '" + got.Subject.String() + "' is not registered for client '" + client.ID + "'")
	case !sameName(client.TLSSubject, got.Subject.String()):
		return nil, x.unauthenticated("the client certificate is '" + got.Subject.String() + "', but client '" + client.ID +
			"' is registered as '" + client.TLSSubject + "'")
	}
	intermediates := x509.NewCertPool()
	for _, c := range x.r.TLS.PeerCertificates[1:] {
		intermediates.AddCert(c)
	}
	_, err := got.Verify(x509.VerifyOptions{
		Roots: x.p.clientCAs, Intermediates: intermediates, CurrentTime: x.now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, x.unauthenticated("the client certificate is not one to be trusted: " + err.Error())
	}
	return client, nil
}

// sameName compares distinguished names as RFC 4514 writes them; spaces after a comma mean nothing.
func sameName(a, b string) bool {
	return strings.ReplaceAll(a, ", ", ",") == strings.ReplaceAll(b, ", ", ",")
}

// readClientCAs reads whose certificates tls_client_auth accepts.
func (p *Provider) readClientCAs() error {
	authorities := p.config.ClientCAs
	if authorities == "" {
		authorities = TestCA()
	}
	p.clientCAs = x509.NewCertPool()
	if !p.clientCAs.AppendCertsFromPEM([]byte(authorities)) {
		return problem.Usagef("serve.client_cas", "the certificates of client authorities cannot be read: PEM with CERTIFICATE blocks is wanted")
	}
	return nil
}

// alias returns the URL of an endpoint on the listener that asks for certificates (RFC 8705 §5).
func (p *Provider) alias(name string) string {
	return strings.TrimSuffix(p.config.MTLS, "/") + p.path(name)
}

// aliases are the endpoints where clients authenticate, as mtls_endpoint_aliases, and where a token that is bound to a
// certificate is used.
func (p *Provider) aliases() document {
	var out document
	for _, e := range endpoints() {
		certified := e.kind == forClients || e.name == atUserInfo && p.on(FeatureCertificateBound)
		if certified && p.on(e.feature) {
			out.add(e.member, p.alias(e.name))
		}
	}
	return out
}

// listenTLS opens the second listener, on the host of the first.
func listenTLS(ctx context.Context, first net.Listener) (net.Listener, error) {
	host, _, err := net.SplitHostPort(first.Addr().String())
	if err != nil {
		return nil, err
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, problem.Usagef("serve.listen", "cannot listen on %s for client certificates: %v", host, err)
	}
	return listener, nil
}

// serveTLS answers on the second listener. Certificates are asked for, not demanded: which one is wrong is said by the
// answer, where a broken handshake would say nothing.
func (s *Server) serveTLS(listener net.Listener) error {
	certificate, err := tls.X509KeyPair([]byte(findPEM(testTLS, "Name", "server", "CERTIFICATE")),
		[]byte(findPEM(testTLS, "Name", "server", "PRIVATE KEY")))
	if err != nil {
		return err
	}
	secure := tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
	})
	s.done.Go(func() { _ = s.server.Serve(secure) }) // returns when the server is closed
	return nil
}
