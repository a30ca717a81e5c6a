package cmd

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"

	"github.com/spf13/pflag"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// certificateOptions are the client certificate of mTLS.
type certificateOptions struct{ cert, key, passwordFile string }

func (o *certificateOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.cert, "cert", "", "the client certificate for mTLS, in `FILE`: PEM, or PKCS#12 with its key")
	f.StringVar(&o.key, "key", "", "the private key of --cert, in `FILE`: PEM or JWK")
	f.StringVar(&o.passwordFile, "key-password-file", "", "the password of an encrypted key or PKCS#12, in `FILE`")
}

// certificates reads the client certificate, once; none where none was given.
func (app *App) certificates() (out []tls.Certificate, err error) {
	if app.presented == nil {
		app.presented, err = app.readCertificates()
	}
	return app.presented, err
}

func (app *App) readCertificates() ([]tls.Certificate, error) {
	o := &app.global.certificate
	if o.cert == "" {
		if o.key != "" {
			return nil, problem.Usagef("usage.certificate", "--key without --cert: the certificate is missing").WithHint("--cert FILE")
		}
		return nil, nil
	}
	data, err := app.readInput(o.cert)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(data); block == nil {
		const sequence = 0x30 // how all of DER begins, PKCS#12 too
		if len(data) == 0 || data[0] != sequence {
			return nil, problem.Usagef("usage.certificate", "%s is neither PEM nor PKCS#12", o.cert).WithHint("--cert FILE takes a certificate in one of these forms")
		}
		if o.key != "" {
			return nil, problem.Usagef("usage.certificate", "%s is a PKCS#12 file, which brings its own key: --key has no meaning", o.cert).WithHint("leave --key out")
		}
		return app.pkcs12(data)
	}
	keyFile := o.key
	if keyFile == "" {
		if !bytes.Contains(data, []byte("PRIVATE KEY-----")) {
			return nil, problem.Usagef("usage.certificate", "--cert without --key: %s holds no private key", o.cert).WithHint("--key FILE")
		}
		keyFile = o.cert
	}
	key, err := app.privateKey("--key", "--key-password-file", keyFile, o.passwordFile)
	if err != nil {
		return nil, err
	}
	return pairCertificate(o.cert, data, key)
}

// pairCertificate joins a chain and its key, which must belong together.
func pairCertificate(file string, data []byte, key *jose.PrivateKey) ([]tls.Certificate, error) {
	out := tls.Certificate{PrivateKey: key.Signer}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			out.Certificate = append(out.Certificate, block.Bytes)
		}
	}
	if len(out.Certificate) == 0 {
		return nil, problem.Usagef("usage.certificate", "%s holds no certificate", file)
	}
	leaf, err := x509.ParseCertificate(out.Certificate[0])
	if err != nil {
		return nil, problem.Usagef("usage.certificate", "the certificate in %s cannot be read: %v", file, err)
	}
	// Every public key of the standard library has this method.
	public, ok := leaf.PublicKey.(interface{ Equal(x crypto.PublicKey) bool })
	if !ok || !public.Equal(key.Public()) {
		return nil, problem.Usagef("usage.certificate", "the certificate in %s belongs to another key than --key", file).
			WithHint("openssl x509 -in CERT -noout -pubkey and openssl pkey -in KEY -pubout must print the same")
	}
	out.Leaf = leaf
	return []tls.Certificate{out}, nil
}

// pkcs12 reads certificate and key from one file (RFC 7292).
func (app *App) pkcs12(data []byte) ([]tls.Certificate, error) {
	o := &app.global.certificate
	password, err := app.password(o.passwordFile)
	if err != nil {
		return nil, err
	}
	key, leaf, chain, err := pkcs12.DecodeChain(data, password.Reveal())
	if err != nil {
		p := problem.Usagef("usage.certificate", "%s is neither PEM nor a PKCS#12 file that can be opened", o.cert)
		switch {
		case errors.Is(err, pkcs12.ErrIncorrectPassword):
			return nil, p.WithHint("check the password in --key-password-file")
		case strings.HasSuffix(err.Error(), "private key missing"): // the library has no value for it
			return nil, problem.Usagef("usage.certificate", "%s is a PKCS#12 file without a private key", o.cert).
				WithHint("export it with its key: openssl pkcs12 -export -inkey KEY -in CERT -out FILE; or give PEM with --cert and --key")
		}
		return nil, p
	}
	out := tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
	for _, c := range chain {
		out.Certificate = append(out.Certificate, c.Raw)
	}
	return []tls.Certificate{out}, nil
}
