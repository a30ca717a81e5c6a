package grant

import (
	"context"

	"github.com/spf13/pflag"
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

// Run signs a person in.
func (l *Login) Run(ctx context.Context, env *Env) (*Result, error) {
	if l.device {
		return (&Device{noBrowser: l.noBrowser}).Run(ctx, env)
	}
	return l.AuthCode.Run(ctx, env)
}
