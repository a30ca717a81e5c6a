package jose

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// MaxToken is the largest token that is read, in bytes.
const MaxToken = 1 << 20

// ErrEncrypted is the cause of Inspect's error for a token of five parts (RFC 7516 §3.1).
var ErrEncrypted = errors.New("an encrypted JWE")

// Token is a JWT as it came, parsed and not verified: nothing in it is true yet (RFC 7519 §3).
type Token struct {
	Raw       string
	Header    strictjson.Object
	Claims    strictjson.Object // empty where the payload is no JSON object
	HeaderRaw []byte            // the header's decoded octets, whatever they are
	Payload   []byte            // the payload's decoded octets, whatever they are
	Algorithm Algorithm         // as the header says; check it against an allow-list
	KeyID     string
	Type      string // the header's typ as it came; see MediaType

	signed    []byte // the first two parts with their dot
	signature []byte
	hasKeyID  bool
	faults    verdict.Checks // what Inspect found wrong: such a token never becomes a Verified one
	shared    *sharedHeader  // what it has in common with others; nil where nobody remembers
}

// MediaType returns typ as RFC 7515 compares it: in lower case and without the prefix "application/" (RFC 7515 §4.1.9).
func (t *Token) MediaType() string {
	return strings.TrimPrefix(strings.ToLower(t.Type), "application/")
}

// Inspect reads as much of a token as can be read. The error is for what is no token at all: not three parts, or too
// big; everything else that is wrong is a failed check, and keeps the token from ever being verified (RFC 7519 §7.2).
func Inspect(compact string) (*Token, verdict.Checks, error) { return (*Headers)(nil).Inspect(compact) }

// Inspect is the function of that name, for many tokens one after the other (RFC 7519 §7.2).
func (h *Headers) Inspect(compact string) (*Token, verdict.Checks, error) {
	if err := checkParts(compact); err != nil {
		return nil, nil, err
	}
	t, raw, free := h.token(compact)
	first := strings.IndexByte(compact, '.')
	second := first + 1 + strings.IndexByte(compact[first+1:], '.')
	t.Raw, t.signed = compact, raw[:second:second]

	checks := h.room()
	checks = append(checks, verdict.Check{
		Rule: "jose.parts", Spec: "RFC 7515 §7.1", Status: verdict.Pass, Got: "3 parts",
	})
	known := h.recall(t, compact[:first])
	var reasons []string
	note := func(part, reason string) {
		if reason != "" {
			reasons = append(reasons, part+": "+reason)
		}
	}
	if !known {
		header, reason := decodePart(raw[:first]) // into memory of its own: it may be remembered
		t.HeaderRaw = header
		note("header", reason)
	}
	var reason string
	t.Payload, free, reason = decodeInto(free, raw[first+1:second])
	note("payload", reason)
	t.signature, _, reason = decodeInto(free, raw[second+1:])
	note("signature", reason)
	checks = append(checks, base64Check(reasons))
	if known {
		checks = append(checks, t.shared.checks...)
	} else {
		checks = append(checks, h.remember(t, compact[:first], t.readHeader())...)
	}
	checks = append(checks, t.readPayload())
	t.faults = checks.With(verdict.Fail)
	return t, checks, nil
}

// Parse is Inspect with the first failed check as the error (RFC 7519 §7.2).
func Parse(compact string) (*Token, error) {
	t, checks, err := Inspect(compact)
	if err != nil {
		return nil, err
	}
	if err := checks.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

// checkParts counts the dots without splitting, so that a token of millions of dots costs nothing.
func checkParts(compact string) error {
	if len(compact) > MaxToken {
		return TooLong(len(compact))
	}
	parts := strings.Count(compact, ".") + 1
	switch {
	case strings.TrimSpace(compact) == "":
		return notToken(nil, "", "nothing but white space")
	case strings.HasPrefix(strings.TrimSpace(compact), "{"):
		return notObject(compact)
	case strings.HasPrefix(strings.TrimSpace(compact), "<"):
		return notToken(nil, "whatever was to fetch the token got a page in its place: look at it", "a page in HTML or XML")
	case hasDisclosures(compact):
		return notToken(nil, "verify the part before the first ~", "an SD-JWT with disclosures")
	case parts == 3:
		return nil
	case parts == 5:
		return notToken(ErrEncrypted, "its claims cannot be read without the recipient's key: --decryption-key FILE", "5 parts: an encrypted JWE")
	case parts == 1:
		return notToken(nil, "an opaque token has no claims: ask the provider with oauthctl introspect; "+
			"some providers give a JWT for an API that is named: --audience or --resource", "1 part: an opaque token")
	}
	return notToken(nil, "", "%d parts", parts)
}

// notObject tells a JWS in JSON serialization from the answer that a token came in, and from other JSON.
func notObject(data string) error {
	o, err := strictjson.Parse([]byte(strings.TrimSpace(data)))
	switch {
	case err != nil:
		return notToken(nil, "", "JSON that is broken or cut")
	case o.Has("access_token"):
		return notToken(nil, "take the token out of it: jq -r .access_token, or .id_token", "the provider's whole answer, in JSON")
	case o.Has("error"):
		return notToken(nil, "the provider refused to give a token: see the answer", "a provider's error, in JSON")
	case !o.Has("payload"):
		return notToken(nil, "a JWT is in compact form: header.payload.signature", "JSON")
	}
	return notToken(nil, "a JWT is in compact form: header.payload.signature", "a JWS in JSON serialization")
}

// hasDisclosures says whether a JWT is followed by a tilde, with or without disclosures behind it (RFC 9901 §4).
func hasDisclosures(compact string) bool {
	before, _, found := strings.Cut(compact, "~")
	return found && strings.Count(before, ".") == 2 && !strings.ContainsFunc(before, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// TooLong is the error for a token of more than MaxToken bytes, for a reader that did not keep it.
func TooLong(size int) error {
	return notToken(nil, "", "%d bytes, more than the limit of %d", size, MaxToken)
}

func notToken(cause error, hint, format string, args ...any) error {
	got := fmt.Sprintf(format, args...)
	hint = cmp.Or(hint, "copy the token again, whole and as one line")
	return &problem.Error{
		Kind: problem.Verification, Code: "jose.parts", Spec: "RFC 7515 §7.1", Cause: cause, Hint: hint,
		Message: "not a signed JWT: " + got, Want: "3 parts separated by dots", Got: got,
	}
}
