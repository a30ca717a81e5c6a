package grant

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// pending is a request about which a person decides elsewhere, while this program asks for the tokens.
type pending struct {
	interval time.Duration // between two questions
	lifetime time.Duration
	request  func() url.Values // of one question
	expect   Expectation

	code, spec           string // of the error where nobody decides in time
	waiting              string // what was being done
	expired, unconfirmed string // how it ended
	again, lives         string // beginnings of hints that end in the lifetime
}

// await asks for the tokens until somebody has decided, or time is up (RFC 8628 §3.4, §3.5, CIBA Core §10.1, §11).
func (env *Env) await(ctx context.Context, p pending) (*Result, error) {
	waiting, cancel := context.WithTimeoutCause(ctx, min(p.lifetime, env.Person.Wait), errNobody)
	defer cancel()
	result, err := env.poll(waiting, p)
	return result, p.end(err, env.Person.Wait)
}

// poll asks for the tokens, never sooner than the provider wants to be asked. The wait begins with an answer, so that two
// questions never come closer for having travelled unequally long; only an answer that was held back for longer than the
// interval, which is long polling, is followed at once (CIBA Core §10.1).
func (env *Env) poll(ctx context.Context, p pending) (*Result, error) {
	polling := oauth.Polling{Interval: p.interval}
	for wait := polling.Interval; ; {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		case <-timer.C:
		}
		asked := time.Now()
		expect := p.expect
		expect.Fresh, expect.Owed = true, true
		form := p.request()
		if len(env.Resources) > 0 {
			form["resource"] = env.Resources // as for a code (RFC 8707 §2.2)
		}
		result, err := env.Redeem(ctx, form, expect)
		if err != nil && ctx.Err() != nil {
			return nil, context.Cause(ctx) // the wait ended while the question was on its way
		}
		if err == nil || !polling.After(err) {
			return result, err
		}
		if wait = polling.Interval; answered(err, "authorization_pending") && time.Since(asked) >= wait {
			wait = 0
		}
		env.Observer.Step("not yet; the next question in %s", wait)
	}
}

// answered says whether the provider refused with this error.
func answered(err error, code string) bool {
	p, ok := errors.AsType[*problem.Error](err)
	return ok && p.Answer != nil && p.Answer.Error == code
}

// end says what an end without tokens means.
func (p pending) end(err error, wait time.Duration) error {
	expired := answered(err, "expired_token")
	if !errors.Is(err, errNobody) && !expired {
		return err
	}
	out := &problem.Error{
		Kind: problem.Timeout, Code: p.code, Spec: p.spec, Cause: err,
		Message: p.waiting + ": " + p.expired, Hint: p.again + " " + p.lifetime.String(),
	}
	if !expired && wait < p.lifetime {
		out.Message = p.waiting + ": " + p.unconfirmed + " within " + wait.String()
		out.Hint = "--wait gives more time; " + p.lives + " " + p.lifetime.String()
	}
	return out
}
