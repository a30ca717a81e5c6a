package jose

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// decodePart decodes canonical base64url; the reason says in words what is wrong (RFC 7515 §2, RFC 4648 §3.5).
func decodePart(part []byte) (decoded []byte, reason string) {
	decoded, _, reason = decodeInto(make([]byte, base64.RawURLEncoding.DecodedLen(len(part))), part)
	return decoded, reason
}

// decodeInto is decodePart into memory that is large enough, of which it returns the rest.
func decodeInto(into, part []byte) (decoded, rest []byte, reason string) {
	// The decoder of the standard library skips line breaks in silence.
	if bytes.IndexByte(part, '\n') >= 0 || bytes.IndexByte(part, '\r') >= 0 {
		return nil, into, "a line break inside"
	}
	n, err := base64.RawURLEncoding.Decode(into, part)
	if err == nil && canonical(part, into[:n]) {
		return into[:n:n], into[n:], ""
	}
	return nil, into, describeBase64(part)
}

// canonical says whether the unused bits of the last character are zero. The strict decoder of the standard library
// would say so as well, and is made anew for every part.
func canonical(part, decoded []byte) bool {
	tail := len(part) % 4
	if tail == 0 {
		return true
	}
	var last [4]byte
	base64.RawURLEncoding.Encode(last[:], decoded[len(decoded)-tail+1:])
	return last[tail-1] == part[len(part)-1]
}

func describeBase64(part []byte) string {
	if _, err := base64.RawURLEncoding.Decode(make([]byte, len(part)), part); err == nil {
		return "unused bits of the last character are set"
	}
	illegal := bytes.IndexFunc(part, func(r rune) bool { return !strings.ContainsRune(alphabet, r) })
	switch {
	case bytes.ContainsAny(part, " \t"):
		return "white space inside"
	case bytes.ContainsRune(part, '='):
		return `"=" padding`
	case bytes.ContainsAny(part, "+/"):
		return `"+" or "/" of the other base64 alphabet`
	}
	if illegal >= 0 {
		return fmt.Sprintf("an illegal character at byte %d", illegal)
	}
	return "an impossible length"
}

// decodeMember decodes a base64url member of a JWK.
func decodeMember(s string) ([]byte, error) {
	decoded, reason := decodePart([]byte(s))
	if reason != "" {
		return nil, errors.New(reason)
	}
	return decoded, nil
}

func encodePart(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func base64Check(reasons []string) verdict.Check {
	return verdict.Of(len(reasons) == 0, verdict.Check{
		Rule: "jose.base64", Spec: "RFC 7515 §2",
		Want: "base64url without padding, in its one canonical form",
		Got:  strings.Join(reasons, "; "),
		Hint: "copy the token again, as one line and without changes",
	})
}
