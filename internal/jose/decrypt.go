package jose

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

const (
	// maxInflated is the largest plaintext that is taken out of compression, in bytes (RFC 8725 §3.6).
	maxInflated = 256 << 10
	// maxDecryptionKeys bounds how many keys are tried on one token.
	maxDecryptionKeys = 16
)

// Decryption is what a reader opens encrypted tokens with (RFC 7516 §5.2).
type Decryption struct {
	Keys   []*DecryptionKey
	Secret secret.Secret // the client's, from which symmetric keys are derived (OpenID Connect Core §10.2)
	Allow  []string      // names of alg and enc; nil allows every one but RSA1_5
}

// Decrypted is what came out of one layer of encryption. Anybody who knows the reader's public key can make such a
// thing: what is inside is a stranger's word, until its own signature holds (RFC 7516 §5.2).
type Decrypted struct {
	Header     strictjson.Object
	Plaintext  []byte
	Algorithm  string
	Encryption string
	KeyID      string
}

// Decrypt opens one layer of encryption. The error is for what is no encrypted token; everything else that is wrong is
// a failed check, and then Plaintext is nil and only the header can be looked at (RFC 7516 §5.2).
func Decrypt(compact string, d Decryption) (*Decrypted, verdict.Checks, error) {
	t, checks, err := parseEncrypted(compact)
	if err != nil {
		return nil, nil, err
	}
	out := &Decrypted{Header: t.header, Algorithm: t.alg, Encryption: t.enc, KeyID: t.keyID}
	if checks.Failed() {
		return out, checks, nil
	}
	allowed := t.allowed(d)
	if checks = append(checks, allowed...); allowed.Failed() {
		return out, checks, nil
	}
	keys, selection := t.candidates(d)
	if checks = append(checks, selection); len(keys) == 0 {
		return out, checks, nil
	}
	var opened verdict.Check
	out.Plaintext, opened = t.open(keys, d)
	if checks = append(checks, opened); out.Plaintext != nil && t.deflated {
		var inflated verdict.Check
		if out.Plaintext, inflated = inflate(out.Plaintext); inflated.Rule != "" {
			checks = append(checks, inflated)
		}
	}
	return out, checks, nil
}

// allowed judges alg and enc by the reader's list (RFC 8725 §3.2).
func (t *jwe) allowed(d Decryption) verdict.Checks {
	check := verdict.Check{Rule: "jose.jwe.alg", Spec: "RFC 8725 §3.2", Want: "algorithms that are accepted", Got: text.Escape(t.alg + " with " + t.enc)}
	switch {
	case strings.HasPrefix(t.alg, "PBES2-"):
		check.Got += ": the sender chooses how much work a password costs the reader, so it is not read here"
	case t.management.name == "":
		check.Got = text.Escape("alg "+t.alg) + ": not supported here"
	case t.encryption.name == "":
		check.Got = text.Escape("enc "+t.enc) + ": not supported here"
	case !d.managementAllowed(t.alg) && t.alg == rsa15:
		check.Got = "RSA1_5: whoever may ask often enough opens what it protects"
		check.Hint = "register the client for RSA-OAEP-256; only where the provider knows nothing else: --decryption-algs RSA1_5"
	case !d.managementAllowed(t.alg):
		check.Want = strings.Join(d.Allow, " ")
		check.Hint = "accept it too, if the client is registered for it: --decryption-algs " + t.alg
	case !d.encryptionAllowed(t.enc):
		check.Want = strings.Join(d.Allow, " ")
		check.Hint = "accept it too, if the client is registered for it: --decryption-algs " + t.enc
	case t.alg == rsa15:
		check.Status, check.Want = verdict.Warn, "another alg than RSA1_5"
		check.Hint = "register the client for RSA-OAEP-256"
		return verdict.Checks{check}
	default:
		check.Want = ""
		return verdict.Checks{verdict.Of(true, check)}
	}
	return verdict.Checks{verdict.Of(false, check)}
}

// candidates returns the keys to try: those that the kid names first, then every other that fits, since a provider may
// know a key by another name than its owner.
func (t *jwe) candidates(d Decryption) ([]*DecryptionKey, verdict.Check) {
	all := d.Keys
	if !d.Secret.IsZero() && t.management.kty == "oct" {
		all = append(all[:len(all):len(all)], &DecryptionKey{key: &Key{KeyType: "oct", anyKeyID: true}, client: d.Secret})
	}
	var named, others []*DecryptionKey
	var unfit []string
	for _, k := range all {
		switch reason := k.unfit(t); {
		case reason != "":
			unfit = append(unfit, fmt.Sprintf("%q: %s", k.key.KeyID, reason))
		case !t.hasKeyID || k.key.KeyID == t.keyID:
			named = append(named, k)
		default:
			others = append(others, k)
		}
	}
	keys := slices.Concat(named, others)
	if len(keys) > maxDecryptionKeys {
		keys = keys[:maxDecryptionKeys]
	}
	check := verdict.Check{Rule: "jose.jwe.key", Spec: "RFC 7516 §5.2", Status: verdict.Pass}
	if len(keys) > 0 {
		check.Got = text.Escape(fmt.Sprintf("%s, %d to try", describeKey(keys[0].key), len(keys)))
		return keys, check
	}
	check.Status, check.Want = verdict.Fail, text.Escape("a key for "+t.described())
	check.Got, check.Hint = "no decryption key", "give the private key that the client is registered with: --decryption-key FILE"
	if t.management.kty == "oct" {
		check.Hint = "it is encrypted under a key that both sides know: give the client secret, or --decryption-key FILE with a JWK of type oct"
	}
	if len(unfit) > 0 {
		check.Got = text.Escape("no key that may be used: " + enumerate(unfit))
	}
	return nil, check
}

// described names what a key must be for.
func (t *jwe) described() string {
	if t.hasKeyID {
		return fmt.Sprintf("%s with kid %q", t.alg, t.keyID)
	}
	return t.alg
}

// open tries the keys. Why one does not open the token is never told (RFC 7516 §11.5).
func (t *jwe) open(keys []*DecryptionKey, d Decryption) ([]byte, verdict.Check) {
	check := verdict.Check{Rule: "jose.jwe.decrypt", Spec: "RFC 7516 §5.2", Status: verdict.Pass}
	for _, k := range keys {
		if plain, err := t.decrypt(k); err == nil {
			check.Got = text.Escape(t.alg + " with " + t.enc)
			return plain, check
		}
	}
	check.Status, check.Want = verdict.Fail, text.Escape("encrypted for a key of ours: "+t.described())
	check.Got = fmt.Sprintf("none of %d keys that fit opens it", len(keys))
	if len(keys) == 1 {
		check.Got = "the key that fits does not open it"
	}
	check.Hint = "the token was changed, or encrypted for another key: compare with what the client is registered with"
	if t.hasKeyID && !t.ours(d) {
		var kids []string
		for _, k := range d.Keys {
			kids = append(kids, fmt.Sprintf("%q", k.key.KeyID))
		}
		check.Got += fmt.Sprintf(", and its kid %q is not among %s", t.keyID, enumerate(kids))
	}
	check.Got = text.Escape(check.Got)
	return nil, check
}

// ours says whether one of the keys bears the kid, or is nameless.
func (t *jwe) ours(d Decryption) bool {
	for _, k := range d.Keys {
		if k.key.anyKeyID || k.key.KeyID == t.keyID {
			return true
		}
	}
	return len(d.Keys) == 0
}

func (t *jwe) decrypt(k *DecryptionKey) ([]byte, error) {
	// Where nothing is wrapped, nothing may pretend to be (RFC 7516 §5.2 step 10).
	if wraps := t.management.family != direct && (t.management.family != agreement || t.management.size > 0); !wraps && len(t.encryptedKey) > 0 {
		return nil, errDecryption
	}
	key, err := k.contentKey(t)
	if err != nil {
		return nil, errDecryption
	}
	plain, err := t.encryption.open(key, t.iv, t.ciphertext, t.tag, t.aad)
	if err != nil {
		return nil, errDecryption
	}
	return append([]byte{}, plain...), nil // never nil, which means that nothing was opened
}

// inflate undoes DEFLATE up to a bound, whatever a small token claims to become (RFC 7516 §4.1.3, RFC 8725 §3.6).
func inflate(data []byte) ([]byte, verdict.Check) {
	source := bytes.NewReader(data)
	out, err := io.ReadAll(io.LimitReader(flate.NewReader(source), maxInflated+1))
	check := verdict.Check{Rule: "jose.jwe.zip", Spec: "RFC 8725 §3.6", Want: fmt.Sprintf("at most %d bytes", maxInflated)}
	switch {
	case err != nil:
		check.Want, check.Got = "data compressed by DEFLATE", "it cannot be decompressed"
	case len(out) > maxInflated:
		check.Got = "more"
	case source.Len() > 0:
		check.Want, check.Got = "data compressed by DEFLATE", "something follows it"
	default:
		return out, verdict.Check{}
	}
	return nil, verdict.Of(false, check)
}
