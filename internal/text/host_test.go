package text_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/text"
)

func TestASCIIHost(t *testing.T) {
	for host, want := range map[string]string{
		"id.example":                   "id.example",
		"[::1]:8080":                   "[::1]:8080",
		"":                             "",
		"аpple.example":                "xn--pple-43d.example",
		"bücher.example":               "xn--bcher-kva.example",
		"bücher:8080":                  "xn--bcher-kva:8080",
		"www.bücher.example:443":       "www.xn--bcher-kva.example:443",
		"xn--bcher-kva.bücher.example": "xn--bcher-kva.xn--bcher-kva.example",
		"a..ü.":                        "a..xn--tda.",
	} {
		if got, ok := text.ASCIIHost(host); got != want || !ok {
			t.Errorf("%s: %s %v, want %s", host, got, ok, want)
		}
	}
	for _, host := range []string{"\xff\xfe.bücher.example", "xn--ü.example:1", strings.Repeat("ü", 1000) + ".example"} {
		if got, ok := text.ASCIIHost(host); got != host || ok {
			t.Errorf("%q: %q %v, want it as it came", host, got, ok)
		}
	}
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
