package cmd

import (
	"github.com/oauthctl/oauthctl/internal/problem"
)

// withNextStep gives an error without a hint the next step that always helps.
func withNextStep(err error, command string, o *globalOptions) error {
	if err == nil || err == errReported { //nolint:errorlint // a wrapped errReported has something to say
		return err
	}
	p := *problem.As(err)
	if p.Hint != "" {
		return err
	}
	switch p.Kind {
	case problem.Usage:
		p.Hint = command + " --help"
	case problem.Provider, problem.Verification, problem.Network:
		if o.trace && o.verbose {
			return err
		}
		p.Hint = "-v shows each step and check, --trace what was sent and what came"
	default:
		return err
	}
	p.Message, p.Cause = err.Error(), err
	return &p
}
