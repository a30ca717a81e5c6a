package grant

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// Device is the device authorization grant: the person signs in on another device (RFC 8628).
type Device struct{ noBrowser bool }

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// Info describes the grant.
func (*Device) Info() Info {
	return Info{
		Name: "device", Type: deviceGrant, Spec: "RFC 8628",
		Short: "Sign in on another device, by a code that is typed there",
		Example: `  oauthctl token device --issuer https://id.example.com --client-id tv -s "openid profile"
  oauthctl token device -p tv --no-browser -o json`,
	}
}

// Flags adds the choice of not opening a browser.
func (d *Device) Flags(f *pflag.FlagSet) {
	f.BoolVar(&d.noBrowser, "no-browser", false, "print the address and the code only; open no browser")
}

// Validate judges the options.
func (*Device) Validate(clientID string) error { return needsClient(clientID) }

// Run asks for a code, shows it, and polls until the person has decided.
func (d *Device) Run(ctx context.Context, env *Env) (*Result, error) {
	if err := env.ready(); err != nil {
		return nil, err
	}
	device, err := env.askForDevice(ctx)
	if err != nil {
		return nil, err
	}
	bound := min(device.ExpiresIn, env.Person.Wait)
	env.Observer.Waiting(Waiting{
		URL: device.VerificationURI, Code: device.UserCode, CompleteURL: device.VerificationURIComplete, Until: bound,
	})
	if address := device.VerificationURIComplete; address != "" && !d.noBrowser && env.Person.OpenDevice != nil {
		env.Person.OpenDevice(ctx, address)
	}
	waiting, cancel := context.WithTimeoutCause(ctx, bound, errNobody)
	defer cancel()
	result, err := env.poll(waiting, device)
	return result, deviceEnd(err, device, env.Person.Wait)
}

// askForDevice sends the device authorization request (RFC 8628 §3.1).
func (env *Env) askForDevice(ctx context.Context) (*oauth.Device, error) {
	endpoint, err := env.Provider.Endpoint("device")
	if err != nil {
		return nil, err
	}
	form := url.Values{}
	env.scope(form)
	if err := addParams(form, env.AuthParams); err != nil {
		return nil, err
	}
	answer, err := env.Authenticated(ctx, "device", endpoint, form)
	if err != nil {
		return nil, err
	}
	device, checks, err := oauth.ParseDevice(answer.Status, answer.Header, answer.Body)
	env.Observer.Checks(checks)
	if err != nil {
		return nil, err
	}
	env.Ring.Add(device.Code)
	return device, failed(checks)
}

// poll asks for the tokens, never sooner than the provider wants to be asked (RFC 8628 §3.4, §3.5).
func (env *Env) poll(ctx context.Context, device *oauth.Device) (*Result, error) {
	polling := oauth.Polling{Interval: device.Interval}
	for {
		timer := time.NewTimer(polling.Interval)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		case <-timer.C:
		}
		form := url.Values{"grant_type": {deviceGrant}, "device_code": {device.Code.Reveal()}}
		result, err := env.Redeem(ctx, form, Expectation{Fresh: true, Owed: true})
		if err != nil && ctx.Err() != nil {
			return nil, context.Cause(ctx) // the wait ended while the question was on its way
		}
		if err == nil || !polling.After(err) {
			return result, err
		}
		env.Observer.Step("not yet; the next question in %s", polling.Interval)
	}
}

// deviceEnd says what an end without tokens means.
func deviceEnd(err error, device *oauth.Device, wait time.Duration) error {
	p, ok := errors.AsType[*problem.Error](err)
	expired := ok && p.Answer != nil && p.Answer.Error == "expired_token"
	if !errors.Is(err, errNobody) && !expired {
		return err
	}
	out := &problem.Error{
		Kind: problem.Timeout, Code: "device.timeout", Spec: "RFC 8628 §3.5", Cause: err,
		Message: "waiting for the other device: the code expired before anybody confirmed it",
		Hint:    "start again: a new code is shown, and is good for " + device.ExpiresIn.String(),
	}
	if !expired && wait < device.ExpiresIn {
		out.Message = "waiting for the other device: nobody confirmed the code within " + wait.String()
		out.Hint = "--wait gives more time; the code itself is good for " + device.ExpiresIn.String()
	}
	return out
}
