package text_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/oauthctl/oauthctl/internal/text"
)

func TestASCIIHost(t *testing.T) {
	long := strings.Repeat("ü", 127)
	for host, want := range map[string]string{
		"id.example":                   "id.example",
		"[::1]:8080":                   "[::1]:8080",
		"":                             "",
		"аpple.example":                "xn--pple-43d.example",
		"bücher.example":               "xn--bcher-kva.example",
		"bücher:8080":                  "xn--bcher-kva:8080",
		"www.bücher.example:443":       "www.xn--bcher-kva.example:443",
		"xn--bcher-kva.bücher.example": "xn--bcher-kva.xn--bcher-kva.example",
		// RFC 3492 §7.1: (A) Arabic, (B) Chinese, (D) Czech, (L) Japanese with ASCII
		"ليهمابتكلموشعربي؟":       "xn--egbpdaj6bu4bxfgehfvwxn",
		"他们为什么不说中文":               "xn--ihqwcrb4cv8a8dqg056pqjye",
		"Pročprostěnemluvíčesky":  "xn--Proprostnemluvesky-uyb24dma41a",
		"3年B組金八先生":                "xn--3B-ww4c5e180e575a65lsy2b",
		long + ".example":         long + ".example",
		"\xff\xfe.bücher.example": "\xff\xfe.xn--bcher-kva.example",
		"a..ü.":                   "a..xn--tda.",
	} {
		got, ok := text.ASCIIHost(host)
		if got != want || ok == strings.ContainsFunc(got, func(r rune) bool { return r >= utf8.RuneSelf }) {
			t.Errorf("%s: %s %v, want %s", host, got, ok, want)
		}
	}
}

// FuzzASCIIHost compares with golang.org/x/net/idna, which wants no port and checks labels that are Punycode already.
func FuzzASCIIHost(f *testing.F) {
	for _, seed := range []string{"bücher.example", "аpple", "a.ü.b", "\U0010ffff\u0080", "他们为什么不说中文", "x-ü-", "ü" + strings.Repeat("a", 60)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if strings.ContainsRune(host, utf8.RuneError) || strings.Contains(host, ":") || strings.Contains(host, "xn--") {
			return
		}
		for label := range strings.SplitSeq(host, ".") {
			if len(label) > 63*utf8.UTFMax {
				return
			}
		}
		want, err := idna.ToASCII(host)
		if got, ok := text.ASCIIHost(host); ok != (err == nil) || ok && got != want {
			t.Errorf("%q: %q %v, want %q %v", host, got, ok, want, err)
		}
	})
}

// TestSpelled: the host as it was written, and an address that is read as the same again.
func TestSpelled(t *testing.T) {
	for address, want := range map[string]string{
		"https://bücher.example:8443/ü?q=ü": "https://bücher.example:8443/%C3%BC?q=ü",
		"https://b%C3%BCcher.example":       "https://bücher.example",
		"https://id.example/%C3%BC":         "https://id.example/%C3%BC",
		"http://[fe80::1%25eth0]:80/":       "http://[fe80::1%25eth0]:80/",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		got := text.Spelled(u)
		again, err := url.Parse(got)
		if got != want || err != nil || again.Host != u.Host {
			t.Errorf("%s: %s %v, want %s", address, got, err, want)
		}
	}
}
