package loopback

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
)

// inline is the source by which a policy allows what stands in the page.
func (s seen) inline(t *testing.T, tag string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(s.part(t, "<"+tag+">", "</"+tag+">")))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func TestRelayPageHeaders(t *testing.T) {
	fragment := listen(t, "http://127.0.0.1:0/callback", ExpectFragment())
	_, popup := messenger(t, Popup)
	_, frame := messenger(t, Frame)
	for name, test := range map[string]struct{ address, directives, opener string }{
		"fragment": {at(fragment, "/callback"), "form-action 'self'", "same-origin"},
		"popup":    {popup, "form-action 'self'; connect-src 'self'", "same-origin-allow-popups"},
		"frame":    {frame, "form-action 'self'; connect-src 'self'; frame-src https://id.example", "same-origin-allow-popups"},
	} {
		t.Run(name, func(t *testing.T) {
			page := visiting(t, test.address)
			for header, want := range map[string]string{
				"Content-Type": "text/html; charset=utf-8",
				"Content-Security-Policy": "default-src 'none'; style-src " + page.inline(t, "style") + "; script-src " + page.inline(t, "script") +
					"; img-src data:; base-uri 'none'; frame-ancestors 'none'; " + test.directives,
				"Cross-Origin-Opener-Policy":   test.opener,
				"Cross-Origin-Resource-Policy": "same-origin",
				"Referrer-Policy":              "same-origin",
				"Cache-Control":                "no-store",
				"X-Content-Type-Options":       "nosniff",
				"Access-Control-Allow-Origin":  "",
				"Set-Cookie":                   "",
			} {
				equal(t, header, want, page.header.Get(header))
			}
		})
	}
}

func TestRelayPages(t *testing.T) {
	request := &start{request: endpoint, origin: "https://id.example"}
	framed := &start{request: endpoint, origin: "https://id.example", window: Frame}
	for name, page := range map[string]document{"fragment": fragmentPage("T"), "popup": startPage(request, "T"), "frame": startPage(framed, "T")} {
		t.Run(name, func(t *testing.T) {
			if len(page.html) > 14<<10 {
				t.Errorf("%d bytes", len(page.html))
			}
			for _, want := range []string{`<html lang="en">`, `role="status"`, "<noscript>", "<title>", `<form method="post" hidden>`} {
				if !strings.Contains(page.html, want) {
					t.Errorf("no %s", want)
				}
			}
			rest := strings.NewReplacer(endpoint, "", "https://id.example", "").Replace(page.html)
			if found := regexp.MustCompile(`(?i)(src=|https?:|url\(|@import|\son\w+=|style=|javascript:|innerHTML|eval)`).FindString(rest); found != "" {
				t.Errorf("something is fetched or run: %s", found)
			}
		})
	}
	equal(t, "popup", 1, strings.Count(startPage(request, "T").html, `data-state="idle"`))
	equal(t, "frame", 1, strings.Count(startPage(framed, "T").html, `data-state="frame"`))
}

// A state that the script sets, without words or a rule of the style, would be an empty page.
func TestStatesOfTheStartPage(t *testing.T) {
	states := map[string]bool{"idle": true, "frame": true}
	for _, pattern := range []string{`show\("(\w+)"\)`, `\? "(\w+)" : "(\w+)"`} {
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(startScript, -1) {
			for _, name := range match[1:] {
				states[name] = true
			}
		}
	}
	equal(t, "states", 9, len(states))
	for name := range states {
		if !strings.Contains(startStyle, "[data-state="+name+"] [data-when~="+name+"]") {
			t.Errorf("the style does not show %s", name)
		}
		tags := make(map[string]bool)
		for _, text := range startTexts() {
			if text.states == name {
				tags[text.tag] = true
			}
		}
		equal(t, name, map[string]bool{"h1": true, "p": true}, tags)
	}
}
