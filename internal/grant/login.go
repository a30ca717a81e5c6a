package grant

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/fapi"
)

// Login is how a person signs in: in the browser of this machine, or on another device.
type Login struct {
	AuthCode
	device bool
}

// Flags adds the choice of the device flow.
func (l *Login) Flags(f *pflag.FlagSet) {
	l.AuthCode.Flags(f)
	f.BoolVar(&l.device, "device", false, "sign in on another device, by a code that is typed there (RFC 8628)")
}

// Info describes the grant that was chosen.
func (l *Login) Info() Info {
	if l.device {
		return (&Device{}).Info()
	}
	return l.AuthCode.Info()
}

// Useless returns the flags that have no meaning for the grant that was chosen.
func (l *Login) Useless() []string {
	if !l.device {
		return nil
	}
	browser, device := pflag.NewFlagSet("", pflag.ContinueOnError), pflag.NewFlagSet("", pflag.ContinueOnError)
	new(AuthCode).Flags(browser)
	new(Device).Flags(device)
	var names []string
	browser.VisitAll(func(f *pflag.Flag) {
		if device.Lookup(f.Name) == nil {
			names = append(names, f.Name)
		}
	})
	return names
}

// Signs says whether the client's key signs the request.
func (l *Login) Signs() bool { return !l.device && l.AuthCode.Signs() }

// Validate judges the options.
func (l *Login) Validate(clientID string) error {
	if l.device {
		return needsClient(clientID)
	}
	return l.AuthCode.Validate(clientID)
}

// Hold lets a profile judge what was chosen.
func (l *Login) Hold(judge func(*fapi.Authorization) error) error {
	if l.device {
		return judge(nil)
	}
	return l.AuthCode.Hold(judge)
}

// Run signs a person in.
func (l *Login) Run(ctx context.Context, env *Env) (*Result, error) {
	if l.device {
		return (&Device{noBrowser: l.noBrowser}).Run(ctx, env)
	}
	return l.AuthCode.Run(ctx, env)
}
