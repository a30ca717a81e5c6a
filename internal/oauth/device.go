package oauth

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// GrantDevice is the grant type of the device authorization grant (RFC 8628 §3.4).
const GrantDevice = "urn:ietf:params:oauth:grant-type:device_code"

// Bounds of what a device authorization endpoint grants.
const (
	maxUserCode   = 64 // nobody types more
	maxAddress    = 2048
	defaultDevice = 10 * time.Minute // where the provider does not say how long its codes live
)

// Device is the answer of a device authorization endpoint (RFC 8628 §3.2).
type Device struct {
	Code                    secret.Secret
	UserCode                string // can be printed as it is
	VerificationURI         string // http(s), can be printed as it is
	VerificationURIComplete string // likewise; "" where none came
	ExpiresIn               time.Duration
	Interval                time.Duration
	Members                 strictjson.Object
}

// Format prints none of the answer: its members hold the device code.
func (d Device) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[device authorization]") }

// TokenRequest returns the parameters that ask for the tokens, again and again; client authentication is added to them
// (RFC 8628 §3.4).
func (d *Device) TokenRequest() url.Values {
	return url.Values{"grant_type": {GrantDevice}, "device_code": {d.Code.Reveal()}}
}

// ParseDevice judges the answer of a device authorization endpoint. What a person is to read and to type must be what
// it looks like: a code or an address that could change the terminal is refused (RFC 8628 §3.2, §5.4).
func ParseDevice(status int, header http.Header, body []byte) (*Device, verdict.Checks, error) {
	a, err := readGranted(devicePlace, status, header, body)
	if err != nil {
		return nil, a.checks, err
	}
	a.expectStatus(http.StatusOK)
	d := &Device{Members: a.members}
	code, err := a.required("device_code", 0x20, maxCode)
	if err != nil {
		return nil, a.checks, err
	}
	d.Code = secret.New(code)
	if d.UserCode, err = a.userCode(); err != nil {
		return nil, a.checks, err
	}
	if d.VerificationURI, err = a.verificationURI(); err != nil {
		return nil, a.checks, err
	}
	d.VerificationURIComplete = a.completeURI()
	d.ExpiresIn = a.seconds(span{name: "expires_in", missing: defaultDevice, high: maxPending})
	d.Interval = a.seconds(span{name: "interval", missing: defaultInterval, low: minInterval, high: maxInterval, optional: true})
	return d, a.checks, nil
}

// userCode wants something that a person can read off a terminal and type elsewhere (RFC 8628 §6.1).
func (a *answer) userCode() (string, error) {
	const name, spec = "user_code", "RFC 8628 §6.1"
	value, err := a.members.String(name)
	check := verdict.Check{Rule: "device.user_code", Spec: spec, Want: "a short code of printable characters"}
	odd := strings.IndexFunc(value, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError })
	switch {
	case !a.members.Has(name):
		check.Spec, check.Got = a.at.granted, names(a.members)
	case err != nil || strings.TrimSpace(value) == "":
		check.Got = kindOf(a.members, name)
	case len(value) > maxUserCode:
		check.Got = count(len(value), "byte")
	case odd >= 0:
		check.Got = text.Escape(value)
	default:
		a.pass(check.Rule, spec, value)
		return value, nil
	}
	return "", a.fail(a.at.title+" answered without a usable user code", check)
}

// verificationURI also takes the name that the member had in drafts, as Google still has it.
func (a *answer) verificationURI() (string, error) {
	name := "verification_uri"
	if !a.members.Has(name) && a.members.Has("verification_url") {
		name = "verification_url"
		a.warn("device.verification_uri", a.at.granted, "verification_uri", name, "it was read all the same; a stricter client fails here")
	}
	value, err := a.members.String(name)
	check := verdict.Check{Rule: "device.verification_uri", Spec: a.at.granted, Want: "an http(s) address"}
	switch {
	case !a.members.Has(name):
		check.Got = names(a.members)
	case err != nil || value == "":
		check.Got = kindOf(a.members, name)
	default:
		if check.Got = webPage(value); check.Got != "" {
			break
		}
		if strings.HasPrefix(strings.ToLower(value), "http:") && !isLocal(value) {
			a.warn(check.Rule, "RFC 8628 §5.4", "an https address", value, "whoever is on the network can change that page")
		} else {
			a.pass(check.Rule, a.at.granted, value)
		}
		return value, nil
	}
	return "", a.fail(a.at.title+" answered without a usable address for the person", check)
}

// completeURI is left out where it cannot be used: the other address and the code do as well.
func (a *answer) completeURI() string {
	const name = "verification_uri_complete"
	value, err := a.members.String(name)
	if !a.members.Has(name) {
		return ""
	}
	got := kindOf(a.members, name)
	if err == nil && value != "" {
		got = webPage(value)
	}
	if got == "" {
		a.pass("device."+name, "RFC 8628 §3.3.1", value)
		return value
	}
	a.warn("device."+name, "RFC 8628 §3.3.1", "an http(s) address", got, "it was ignored")
	return ""
}
