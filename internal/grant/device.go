package grant

import (
	"context"
	"net/url"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/oauth"
)

// Device is the device authorization grant: the person signs in on another device (RFC 8628).
type Device struct{ noBrowser bool }

// Info describes the grant.
func (*Device) Info() Info {
	return Info{
		Name: "device", Type: oauth.GrantDevice, Spec: "RFC 8628",
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
	return env.await(ctx, pending{
		interval: device.Interval, lifetime: device.ExpiresIn, request: device.TokenRequest,
		code: "device.timeout", spec: "RFC 8628 §3.5", waiting: "waiting for the other device",
		expired: "the code expired before anybody confirmed it", unconfirmed: "nobody confirmed the code",
		again: "start again: a new code is shown, and is good for", lives: "the code itself is good for",
	})
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
