package cmd

import (
	"strings"

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
		if p.Code == "profile.secret" {
			p.Hint = "mend where the profile takes it from, or give it with --client-secret-file FILE"
		} else if strings.HasPrefix(p.Code, "profile.") {
			p.Hint = "mend the configuration file; oauthctl profile validate reads all of it"
		}
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
