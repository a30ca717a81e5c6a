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

// unwrapped is a token without its encryption.
type unwrapped struct {
	signed     string            // empty where nothing signed came out
	header     strictjson.Object // of the outermost layer
	encryption *Encryption       // of the same; nil where there was none
	checks     verdict.Checks
}

// unwrap opens every layer of encryption, each judged by itself. What comes out must be signed: to encrypt, everybody
// may, for the key is public (RFC 7519 §5.2, §11.2, OpenID Connect Core §16.14).
func unwrap(compact string, d jose.Decryption) (unwrapped, error) {
	u := unwrapped{signed: compact}
	for layer := 1; jose.IsEncrypted(u.signed); layer++ {
		opened, checks, err := jose.Decrypt(u.signed, d)
		if err != nil {
			return u, err
		}
		if u.checks = append(u.checks, checks...); u.encryption == nil {
			u.header = opened.Header
			u.encryption = &Encryption{Algorithm: opened.Algorithm, Encryption: opened.Encryption, KeyID: opened.KeyID}
		}
		u.signed = ""
		if checks.Failed() {
			return u, nil
		}
		nested := nestedCheck(opened, layer)
		if u.checks = append(u.checks, nested); nested.Status == verdict.Fail {
			return u, nil
		}
		u.signed = string(opened.Plaintext)
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
