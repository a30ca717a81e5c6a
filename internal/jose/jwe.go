package jose

import (
	"errors"
	"fmt"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// jwe is an encrypted token as it came, parsed and not decrypted (RFC 7516 §3.1).
type jwe struct {
	header     strictjson.Object
	alg, enc   string
	keyID      string
	hasKeyID   bool
	management management
	encryption contentEncryption
	sender     *sender // of an agreement
	deflated   bool

	aad                               []byte // the header as it came
	encryptedKey, iv, ciphertext, tag []byte
	keyIV, keyTag                     []byte // of AES-GCM key wrapping
}

// IsEncrypted says whether a token has the five parts of an encrypted one (RFC 7516 §9).
func IsEncrypted(compact string) bool {
	return strings.Count(compact, ".") == 4 && !strings.Contains(compact, "~") && !strings.HasPrefix(strings.TrimSpace(compact), "{")
}

// parseEncrypted reads an encrypted token; the error is for what is none.
func parseEncrypted(compact string) (*jwe, verdict.Checks, error) {
	if !IsEncrypted(compact) || len(compact) > MaxToken {
		got := fmt.Sprintf("%d parts", strings.Count(compact, ".")+1)
		if len(compact) > MaxToken {
			got = fmt.Sprintf("%d bytes, more than the limit of %d", len(compact), MaxToken)
		}
		return nil, nil, &problem.Error{
			Kind: problem.Verification, Code: "jose.jwe.parts", Spec: "RFC 7516 §7.1",
			Message: "not an encrypted JWT: " + got, Want: "5 parts separated by dots", Got: got,
		}
	}
	checks := verdict.Checks{{Rule: "jose.jwe.parts", Spec: "RFC 7516 §7.1", Status: verdict.Pass, Got: "5 parts: encrypted"}}
	parts := strings.Split(compact, ".")
	t := &jwe{aad: []byte(parts[0])}
	var header []byte
	var reasons []string
	for i, into := range []*[]byte{&header, &t.encryptedKey, &t.iv, &t.ciphertext, &t.tag} {
		var reason string
		if *into, reason = decodePart([]byte(parts[i])); reason != "" {
			reasons = append(reasons, [5]string{"header", "encrypted key", "iv", "ciphertext", "tag"}[i]+": "+reason)
		}
	}
	encoding := base64Check(reasons)
	encoding.Rule = "jose.jwe.base64"
	return t, append(append(checks, encoding), t.readHeader(header)...), nil
}

// readHeader reads what the header says, and refuses what is not understood (RFC 7516 §4.1).
func (t *jwe) readHeader(data []byte) verdict.Checks {
	check := verdict.Check{Rule: "jose.jwe.header", Spec: "RFC 7516 §4.1", Want: "a JSON object with alg and enc"}
	var err error
	if t.header, err = strictjson.Parse(data); err == nil {
		err = t.readNames()
	}
	if err != nil {
		check.Got = text.Escape(err.Error())
		return verdict.Checks{verdict.Of(false, check)}
	}
	got := "alg " + t.alg + ", enc " + t.enc
	if t.hasKeyID {
		got += ", kid " + t.keyID
	}
	check.Want, check.Got = "", text.Escape(got)
	checks := verdict.Checks{verdict.Of(true, check)}
	if t.header.Has("crit") {
		checks = append(checks, verdict.Of(false, verdict.Check{
			Rule: "jose.jwe.crit", Spec: "RFC 7516 §4.1.13", Want: "no critical extension, or one that is understood",
			Got:  text.Escape(describeCrit(t.header)),
			Hint: "no extension of the header is understood here, so the token must be refused",
		}))
	}
	return append(checks, t.readZip()...)
}

func (t *jwe) readNames() (err error) {
	var typ, cty string
	for _, m := range []struct {
		name string
		into *string
	}{{"alg", &t.alg}, {"enc", &t.enc}, {"kid", &t.keyID}, {"typ", &typ}, {"cty", &cty}} {
		if *m.into, err = t.header.String(m.name); err != nil {
			return err
		}
	}
	t.hasKeyID = t.header.Has("kid")
	for _, name := range []string{"alg", "enc"} {
		if near := otherCase(t.header, name); !t.header.Has(name) && near != "" {
			return fmt.Errorf("no %s (%q is another name: case matters)", name, near)
		} else if !t.header.Has(name) {
			return errors.New("no " + name)
		}
	}
	var known bool
	if t.management, known = managementOf(t.alg); known && t.management.family == agreement {
		t.sender, err = readSender(t.header)
	} else if known && t.management.family == gcmWrap {
		err = t.readWrapping()
	}
	t.encryption, _ = contentEncryptionOf(t.enc)
	return err
}

// readWrapping reads iv and tag of a wrapped key (RFC 7518 §4.7.1).
func (t *jwe) readWrapping() (err error) {
	if t.keyIV, err = bytesMember(t.header, "iv"); err == nil {
		t.keyTag, err = bytesMember(t.header, "tag")
	}
	return err
}

// readZip: a plaintext that was compressed before it was encrypted tells of itself by its length.
func (t *jwe) readZip() verdict.Checks {
	if !t.header.Has("zip") {
		return nil
	}
	check := verdict.Check{Rule: "jose.jwe.zip", Spec: "RFC 8725 §3.6", Want: "no compression"}
	zip, err := t.header.String("zip")
	t.deflated = zip == "DEF"
	switch {
	case err != nil:
		check.Got = text.Escape(err.Error())
	case !t.deflated:
		check.Got = text.Escape("zip " + zip + ": not supported here")
	default:
		check.Status, check.Got = verdict.Warn, "zip DEF: the length of what is encrypted tells of its content"
		return verdict.Checks{check}
	}
	return verdict.Checks{verdict.Of(false, check)}
}
