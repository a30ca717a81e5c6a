package oauth

import (
	"errors"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// Bounds of how a client waits for a person who decides elsewhere.
const (
	defaultInterval = 5 * time.Second
	minInterval     = time.Second
	maxInterval     = 10 * time.Minute
	maxPending      = 24 * time.Hour // of anything that waits for a person
	slowDownStep    = 5 * time.Second
)

// slower is the cause of a slow_down: the interval that the answer names beside it, as GitHub's does.
type slower struct{ interval time.Duration }

func (s *slower) Error() string { return "slow down to " + s.interval.String() }

// slowDown reads the interval of a refusal, where it has one.
func slowDown(o strictjson.Object) error {
	value, ok := o.Value("interval")
	seconds, readable := number(value)
	if !ok || !readable {
		return nil
	}
	return &slower{time.Duration(min(seconds, maxInterval.Seconds()) * float64(time.Second))}
}

// Polling is how often a client asks for its tokens (RFC 8628 §3.5, CIBA Core §11).
type Polling struct {
	Interval time.Duration // to wait before every request; 0 is the standard's five seconds
}

// After says whether to ask again after an error, and sets the interval to wait before. Only what the standard calls
// pending is asked again, and what never was answered: the interval grows, and never shrinks (RFC 8628 §3.5).
func (p *Polling) After(err error) (again bool) {
	if p.Interval <= 0 {
		p.Interval = defaultInterval
	}
	refusal, ok := errors.AsType[*problem.Error](err)
	switch {
	case !ok:
		return false
	case refusal.Answer != nil:
		return p.told(refusal)
	case refusal.Code == "network.timeout", refusal.Code == "network.closed":
		p.Interval = max(p.Interval, min(2*p.Interval, maxInterval))
		return true
	}
	return false
}

func (p *Polling) told(refusal *problem.Error) (again bool) {
	switch refusal.Answer.Error {
	case "authorization_pending":
		return true
	case "slow_down":
		next := p.Interval + slowDownStep
		if named, ok := errors.AsType[*slower](refusal); ok {
			next = max(next, named.interval)
		}
		p.Interval = max(p.Interval, min(next, maxInterval))
		return true
	}
	return false
}
