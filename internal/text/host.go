package text

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// maxHost bounds what is looked at as a host: a real name has 253 bytes (RFC 1035 §2.3.4), and the work grows with the square.
const maxHost = 253 * utf8.UTFMax

// ASCIIHost returns the host of an address, with or without a port, as machines look it up: each label that has other
// letters than ASCII by Punycode (RFC 5890 §2.3.2.1); nothing is mapped. What is no name is not ok, and stands there
// as it came.
func ASCIIHost(host string) (ascii string, ok bool) {
	name, port, found := strings.Cut(host, ":") // idna takes a port for a part of the last label; in an IPv6 address all is ASCII
	if len(host) > maxHost || strings.ContainsRune(host, utf8.RuneError) {
		return host, false
	}
	ascii, err := idna.ToASCII(name)
	if err != nil {
		return host, false
	}
	if found {
		ascii += ":" + port
	}
	return ascii, true
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
