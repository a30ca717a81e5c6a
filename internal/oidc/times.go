package oidc

import (
	"fmt"
	"math"
	"time"

	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

const (
	lastSecond   = 253402300799 // the end of the year 9999, the last that RFC 3339 can write
	milliseconds = 1e12         // the least number of 13 digits
	freshness    = 10 * time.Minute
	proofWindow  = 5 * time.Minute
	farAhead     = 50 * 365 * 24 * time.Hour
	most         = 10 * time.Minute // clocks that differ by more are broken
	skewed       = 10 * time.Second // what a Date in whole seconds and a slow answer do not explain
)

// date is a NumericDate claim (RFC 7519 §2).
type date struct {
	time         time.Time
	present      bool
	milliseconds bool   // 13 digits: time is as if they were, and no reader may rely on it
	bad          string // why it is no date
}

func readDate(c strictjson.Object, name string) date {
	value, ok, err := c.Number(name)
	d := date{present: ok}
	raw, _ := c.Value(name)
	switch {
	case !ok && err == nil:
	case err != nil && raw.Kind() == '0', err == nil && (value < 0 || value > lastSecond && !thirteen(value)):
		d.bad = shorten(string(raw)) + ": out of range"
	case err != nil:
		d.present, d.bad = true, shorten(string(raw))+": not a number"
	case thirteen(value):
		d.milliseconds, d.time = true, time.UnixMilli(int64(value))
	default:
		seconds, fraction := math.Modf(value)
		d.time = time.Unix(int64(seconds), int64(fraction*1e9))
	}
	return d
}

func thirteen(value float64) bool { return value >= milliseconds && value < 10*milliseconds }

func (d date) String() string { return d.time.UTC().Format(time.RFC3339) }

const wantDate = "a number of seconds since 1970"

// odd returns the finding for a date that cannot be used at all.
func (d date) odd(name string) findings {
	if d.bad == "" {
		return nil
	}
	return fail(wantDate, name+" is "+d.bad, "")
}

// distance is how people say a length of time.
func distance(d time.Duration) string {
	d = d.Abs().Round(time.Second)
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
	}
	return d.String()
}

// leewayHint names the flag where clocks may be at fault, for a token that is off by the given time, and the clock where
// it is known to be wrong.
func (s *subject) leewayHint(off time.Duration, otherwise string) string {
	switch {
	case s.want.Skew > skewed:
		return fmt.Sprintf("this machine's clock is %s behind the provider's Date: set it", s.want.Skew)
	case s.want.Skew < -skewed:
		return fmt.Sprintf("this machine's clock is %s ahead of the provider's Date: set it", -s.want.Skew)
	}
	needed := off.Truncate(time.Second) + time.Second
	if needed > most {
		return otherwise
	}
	return fmt.Sprintf("%s; if only the clocks differ: --leeway %s", otherwise, needed)
}

// judgeExpiry: the token is good before exp.
func judgeExpiry(s *subject) findings {
	exp := readDate(s.claims, "exp")
	switch {
	case exp.bad != "":
		return exp.odd("exp")
	case !exp.present:
		return s.withoutExpiry()
	case exp.milliseconds:
		got := "13 digits: probably milliseconds, which would be " + exp.String()
		if off := s.want.Now.Sub(exp.time); off >= 0 {
			got += fmt.Sprintf(", %s ago", distance(off))
		}
		return warn(wantDate, got, "the provider must write seconds: as it stands, the token never expires")
	}
	left := exp.time.Sub(s.want.Now)
	switch {
	case left <= -s.want.Leeway:
		return fail(
			"after "+s.want.Now.UTC().Format(time.RFC3339), fmt.Sprintf("%s: expired %s ago", exp, distance(left)),
			s.leewayHint(-left, "get a new token"),
		)
	case left <= 0:
		return s.pass(s.say(func() string {
			return fmt.Sprintf("%s: expired %s ago, within the leeway of %s", exp, distance(left), s.want.Leeway)
		}))
	case left > farAhead:
		return warn("an end in sight", fmt.Sprintf("%s: in %s", exp, distance(left)), "a token that never ends cannot be got rid of")
	}
	return s.pass(s.say(func() string { return fmt.Sprintf("%s: in %s", exp, distance(left)) }))
}

func (s *subject) withoutExpiry() findings {
	switch s.kind {
	case ID, Access, Logout, JARM, Assertion:
		return fail("a time", "no exp: the token would never expire", "")
	case Unknown, Request:
		return warn("a time", "no exp: the token never expires", "")
	}
	return nil // a proof and an answer of introspection have none
}

// judgeNotBefore: the token is good from nbf on.
func judgeNotBefore(s *subject) findings {
	nbf := readDate(s.claims, "nbf")
	if nbf.bad != "" || !nbf.present {
		return nbf.odd("nbf")
	}
	if f := s.future("nbf", "not valid", nbf); f != nil {
		return f
	}
	return s.pass(s.say(nbf.String))
}

// future refuses a time ahead of now by more than the leeway.
func (s *subject) future(name, what string, d date) findings {
	ahead := d.time.Sub(s.want.Now)
	if !d.milliseconds && ahead <= s.want.Leeway {
		return nil
	}
	want := s.say(func() string { return "not after " + s.want.Now.UTC().Format(time.RFC3339) })
	if d.milliseconds {
		return fail(want, name+" has 13 digits: probably milliseconds, which would be "+d.String(), "the provider must write seconds")
	}
	return fail(want, fmt.Sprintf("%s: %s for another %s", d, what, distance(ahead)), s.leewayHint(ahead, "compare this machine's clock"))
}

// judgeIssuedAt: the token was made in the past, and not long ago where it was just asked for.
func judgeIssuedAt(s *subject) findings {
	iat := readDate(s.claims, "iat")
	if iat.bad != "" {
		return iat.odd("iat")
	}
	if !iat.present {
		switch s.kind {
		case ID, Logout, Introspection, DPoP:
			return fail("a time", "no iat", "")
		}
		return nil
	}
	if f := s.future("iat", "not issued", iat); f != nil {
		return f
	}
	age := s.want.Now.Sub(iat.time)
	got := s.say(func() string { return fmt.Sprintf("%s: %s ago", iat, distance(age)) })
	switch {
	case s.kind == DPoP && age > proofWindow+s.want.Leeway:
		return fail("within "+proofWindow.String(), got, "make a new proof for every request")
	case age > freshness && (s.kind == Introspection || s.want.Fresh && s.kind == ID):
		return findings{{status: verdict.Warn, want: "within " + freshness.String(), got: got, hint: "the token was not made for this request, or a clock is wrong"}}
	}
	return s.pass(got)
}
