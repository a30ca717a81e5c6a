package oauth

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// GrantCIBA is the grant type of client-initiated backchannel authentication (CIBA Core §10.1).
const GrantCIBA = "urn:openid:params:grant-type:ciba"

const (
	requestIDLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"
	minRequestID     = 22 // characters of base64url that hold 128 bits
	maxBinding       = 64 // "relatively short"; many providers take less
)

// Backchannel is the answer of a backchannel authentication endpoint (CIBA Core §7.3).
type Backchannel struct {
	RequestID secret.Secret // auth_req_id
	ExpiresIn time.Duration
	Interval  time.Duration
	Members   strictjson.Object
}

// Format prints none of the answer: its members hold the auth_req_id.
func (b Backchannel) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "[backchannel authentication]")
}

// TokenRequest returns the parameters that ask for the tokens, again and again; client authentication is added to them
// (CIBA Core §10.1).
func (b *Backchannel) TokenRequest() url.Values {
	return url.Values{"grant_type": {GrantCIBA}, "auth_req_id": {b.RequestID.Reveal()}}
}

// ParseBackchannel judges the answer of a backchannel authentication endpoint (CIBA Core §7.3).
func ParseBackchannel(status int, header http.Header, body []byte) (*Backchannel, verdict.Checks, error) {
	a, err := readGranted(backchannelPlace, status, header, body)
	if err != nil {
		return nil, a.checks, err
	}
	a.expectStatus(http.StatusOK)
	b := &Backchannel{Members: a.members}
	id, err := a.required("auth_req_id", 0x21, maxCode)
	if err != nil {
		return nil, a.checks, err
	}
	a.judgeRequestID(id)
	b.RequestID = secret.New(id)
	b.Interval = a.seconds(span{name: "interval", missing: defaultInterval, low: minInterval, high: maxInterval, optional: true})
	if b.ExpiresIn, err = a.requestLifetime(b.Interval); err != nil {
		return nil, a.checks, err
	}
	return b, a.checks, nil
}

// judgeRequestID warns of an identifier that may be mangled on the way, or guessed (CIBA Core §7.3).
func (a *answer) judgeRequestID(id string) {
	const rule = "backchannel.auth_req_id"
	if odd := strings.Trim(id, requestIDLetters); odd != "" {
		a.warn(rule, a.at.granted, "A-Z, a-z, 0-9, '.', '-' and '_'", "another character: "+text.Escape(odd[:1]), "it was taken all the same; a stricter client fails here")
	}
	if len(id) < minRequestID {
		a.warn(rule, a.at.granted, "128 bits that nobody can guess", count(len(id), "character"), "whoever guesses it gets the tokens of the person who agrees")
	}
}

// requestLifetime reads expires_in, without which nobody knows until when to ask, and within which there must be time
// for one question at least (CIBA Core §7.3).
func (a *answer) requestLifetime(interval time.Duration) (time.Duration, error) {
	const name = "expires_in"
	check := verdict.Check{Rule: "backchannel." + name, Spec: a.at.granted, Want: name + ", a positive number of seconds"}
	if !a.members.Has(name) {
		check.Got = names(a.members)
		return 0, a.fail(a.at.title+" answered without "+name, check)
	}
	lifetime := a.seconds(span{name: name, high: maxPending})
	switch {
	case lifetime == 0:
		value, _ := a.members.Value(name)
		check.Got = text.Escape(string(value))
		return 0, a.fail(a.at.title+" answered without a usable "+name, check)
	case interval >= lifetime:
		check.Rule, check.Want = "backchannel.interval", "less than "+name+", which is "+lifetime.String()
		check.Got = "an interval of " + interval.String()
		return 0, a.fail("the provider wants to be asked for the first time when the request has expired", check)
	}
	return lifetime, nil
}

// CheckBinding judges a message that is to stand on both devices: short, and of characters that every device shows alike
// (CIBA Core §7.1).
func CheckBinding(message string) verdict.Checks {
	const rule, spec = "ciba.binding_message", "CIBA Core §7.1"
	var checks verdict.Checks
	warn := func(want, got, hint string) {
		checks = append(checks, verdict.Check{Rule: rule, Spec: spec, Status: verdict.Warn, Want: want, Got: got, Hint: hint})
	}
	if n := len([]rune(message)); n > maxBinding {
		warn(fmt.Sprintf("at most %d characters", maxBinding), count(n, "character"), "the other device may cut it, and the provider refuse it")
	}
	if at := strings.IndexFunc(message, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }); at >= 0 {
		warn("plain letters, digits and punctuation", text.Escape(message), "the other device may show other characters differently, or not at all")
	}
	return checks
}
