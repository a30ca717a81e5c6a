package oidc

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// maxLayers bounds how often one token may be encrypted: one layer is what the standards know.
const maxLayers = 3

// Unwrapped is a token without its encryption, not verified (RFC 7519 §5.2).
type Unwrapped struct {
	Signed     string            // empty where nothing signed came out, which a failed check tells of
	Header     strictjson.Object // of the outermost layer of encryption
	Encryption *Encryption       // of the same; nil where there was none
	Checks     verdict.Checks
}

// Unwrap opens every layer of encryption, each judged by itself. What comes out must be signed: to encrypt, everybody
// may, for the key is public (RFC 7519 §5.2, §11.2, OpenID Connect Core §16.14).
func Unwrap(compact string, d jose.Decryption) (*Unwrapped, error) {
	u := &Unwrapped{Signed: compact}
	for layer := 1; jose.IsEncrypted(u.Signed); layer++ {
		opened, checks, err := jose.Decrypt(u.Signed, d)
		if err != nil {
			return nil, err
		}
		if u.Checks = append(u.Checks, checks...); u.Encryption == nil {
			u.Header = opened.Header
			u.Encryption = &Encryption{Algorithm: opened.Algorithm, Encryption: opened.Encryption, KeyID: opened.KeyID}
		}
		u.Signed = ""
		if checks.Failed() {
			return u, nil
		}
		nested := nestedCheck(opened, layer)
		if u.Checks = append(u.Checks, nested); nested.Status == verdict.Fail {
			return u, nil
		}
		u.Signed = string(opened.Plaintext)
	}
	return u, nil
}

// nestedCheck judges what came out of a layer.
func nestedCheck(opened *jose.Decrypted, layer int) verdict.Check {
	check := verdict.Check{
		Rule: "jose.jwe.nested", Spec: "RFC 7519 §5.2", Status: verdict.Fail, Want: "a signed token inside",
	}
	inside := string(opened.Plaintext)
	cty, _ := opened.Header.String("cty")
	encrypted := jose.IsEncrypted(inside)
	switch {
	case encrypted && layer == maxLayers:
		check.Got = fmt.Sprintf("more than %d layers of encryption", maxLayers)
	case bytes.HasPrefix(bytes.TrimSpace(opened.Plaintext), []byte("{")):
		check.Spec, check.Got = "OpenID Connect Core §16.14", "claims that nobody signed"
		check.Hint = "do not use them: whoever has the key to encrypt with can write such claims"
	case !encrypted && strings.Count(inside, ".") != 2:
		check.Got = "something that is no token"
	case !strings.EqualFold(cty, "JWT") && !strings.EqualFold(cty, "application/jwt"):
		check.Status, check.Want, check.Got = verdict.Warn, "cty JWT, as there is a token inside", text.Escape(fmt.Sprintf("cty %q", cty))
	default:
		check.Status, check.Want, check.Got = verdict.Pass, "", "a signed token inside"
		if encrypted {
			check.Got = "another encrypted token inside"
		}
	}
	return check
}

// unencryptedCheck tells of a token that came without the encryption that its reader is prepared for, where the
// standard says that it should be refused (OpenID Connect Core §3.1.3.7 step 1, Back-Channel Logout §2.6 step 1).
func unencryptedCheck(kind Kind, want Expected) verdict.Checks {
	switch kind {
	case ID, Logout, JARM, Introspection, UserInfo:
	default:
		return nil // nobody encrypts those for the holder of this key
	}
	if len(want.Decryption.Keys) == 0 {
		return nil
	}
	return verdict.Checks{{
		Rule: "jose.jwe.missing", Spec: "OpenID Connect Core §3.1.3.7", Status: verdict.Warn,
		Want: "an encrypted token, as a decryption key was given", Got: "a token that is not encrypted",
		Hint: "if encryption was agreed at registration, it should be rejected; else leave --decryption-key out",
	}}
}
