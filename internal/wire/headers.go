package wire

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// headerKind is what the value of a header field holds.
type headerKind int

const (
	headerPlain       headerKind = iota
	headerAddress                // a URL, with its parameters
	headerCredentials            // a scheme, and what it takes
	headerCookies
	headerSetCookie // one cookie, and its attributes
	headerProof     // of DPoP
	headerSecret    // nothing that may be shown
)

// headerOf tells the kind by the name. Headers that users add themselves are judged by words.
func headerOf(name string) headerKind {
	switch name = plainName(name); name {
	case "location", "referer":
		return headerAddress
	case "authorization", "proxyauthorization":
		return headerCredentials
	case "cookie":
		return headerCookies
	case "setcookie":
		return headerSetCookie
	case "dpop":
		return headerProof
	}
	for _, word := range []string{"token", "secret", "apikey", "password", "oauthclientattestation"} {
		if strings.Contains(name, word) {
			return headerSecret
		}
	}
	return headerPlain
}

func (d *redactor) learnHeader(h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) { // so that what is left over is always the same
		for _, value := range h[name] {
			d.learnField(name, value)
		}
	}
}

func (d *redactor) learnField(name, value string) {
	switch headerOf(name) {
	case headerAddress:
		if u, err := url.Parse(value); err == nil {
			d.learnURL(u)
		}
	case headerCredentials:
		scheme, credentials, _ := strings.Cut(value, " ")
		d.learn(strings.TrimSpace(credentials))
		if _, password, ok := basic(scheme, credentials); ok {
			d.learn(password)
			d.learn(unescape(password))
		}
	case headerCookies:
		for pair := range strings.SplitSeq(value, ";") {
			d.learnCookie(pair)
		}
	case headerSetCookie:
		pair, _, _ := strings.Cut(value, ";")
		d.learnCookie(pair)
	case headerProof, headerSecret:
		if len(value) >= shortestLearnt {
			d.learn(value)
		}
	}
}

func (d *redactor) learnCookie(pair string) {
	_, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
	if len(value) >= 2*shortestLearnt && !strings.ContainsAny(value, " /,") {
		d.learn(value)
	}
}

// basic returns the two parts of Basic credentials as they were sent (RFC 7617 §2).
func basic(scheme, credentials string) (user, password string, ok bool) {
	if !strings.EqualFold(scheme, "basic") {
		return "", "", false
	}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(credentials))
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(plain), ":")
}

// header returns the fields sorted by name, values in their order.
func (d *redactor) header(h http.Header) []Field {
	var out []Field
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			out = append(out, Field{name, d.field(name, value)})
		}
	}
	return out
}

func (d *redactor) field(name, value string) string {
	if d.show {
		return value
	}
	switch headerOf(name) {
	case headerAddress:
		if u, err := url.Parse(value); err == nil {
			return d.url(u)
		}
		return d.text(value)
	case headerCredentials:
		return d.authorization(value)
	case headerCookies:
		return d.cookies(value)
	case headerSetCookie:
		pair, attributes, found := strings.Cut(value, ";")
		if found {
			attributes = ";" + attributes
		}
		return d.cookies(pair) + d.value(attributes)
	case headerProof:
		return d.proof(value)
	case headerSecret:
		return d.tag(value)
	}
	return d.value(value)
}

// authorization keeps the scheme, and of Basic the user, who is the client.
func (d *redactor) authorization(value string) string {
	scheme, credentials, found := strings.Cut(value, " ")
	if !found {
		return d.tag(value)
	}
	credentials = strings.TrimSpace(credentials)
	out := scheme + " " + d.tag(credentials)
	if user, password, ok := basic(scheme, credentials); ok {
		out += " (" + d.value(unescape(user)) + ":" + d.tag(unescape(password)) + ")"
	}
	return out
}

// proof shows what a DPoP proof is for, and hides the proof: within its time it could be sent again (RFC 9449 §11.1).
func (d *redactor) proof(value string) string {
	out := d.tag(value)
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return out
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return out
	}
	claims, err := strictjson.Parse(raw)
	if err != nil {
		return out
	}
	var said []string
	for _, name := range []string{"htm", "htu", "nonce", "ath"} {
		if text, err := claims.String(name); err == nil && text != "" {
			said = append(said, name+" "+d.value(text))
		}
	}
	if said == nil {
		return out
	}
	return out + " (" + strings.Join(said, ", ") + ")"
}

// cookies keeps the names of cookies.
func (d *redactor) cookies(value string) string {
	pairs := strings.Split(value, ";")
	for i, pair := range pairs {
		if name, v, _ := strings.Cut(pair, "="); v != "" {
			pairs[i] = name + "=" + d.tag(v)
		}
	}
	return strings.Join(pairs, ";")
}
