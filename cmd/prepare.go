package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// prepare gives every flag its value before a command runs: from the command line, the environment, the profile,
// the built-in provider.
func (app *App) prepare(c *cobra.Command) error {
	in := layers{env: app.env}
	if c.Flags().Lookup("issuer") != nil || c.Flags().Lookup("client-id") != nil || c.Flags().Lookup("token-file") != nil { // what talks to a provider, or for one
		active, err := app.activeProfile(c)
		if err != nil {
			return err
		}
		in.profile, in.provider = active, builtinFor(c, active).values
	}
	sources, err := fill(c.Flags(), in)
	if err != nil {
		return err
	}
	app.sources = sources
	if app.format, err = app.chooseFormat(c); err != nil {
		return err
	}
	app.observer().Checks(replacedIssuer(sources))
	app.observer().Checks(app.withholdSecret(c.Flags(), in.profile))
	if err := oneReader(c.Flags()); err != nil {
		return err
	}
	if err := noneEmpty(c.Flags()); err != nil {
		return err
	}
	if err := sensibleTimes(c.Flags()); err != nil {
		return err
	}
	if err := app.reserveFiles(); err != nil {
		return err
	}
	if slices.ContainsFunc(app.Environ, func(setting string) bool { return strings.HasPrefix(setting, envPrefix) }) {
		app.observer().Checks(strangers(app.Environ, schemaOf(wholeTree())))
	}
	return nil
}

// oneReader refuses two flags that both read stdin, before anything is done.
func oneReader(flags *pflag.FlagSet) (err error) {
	first := ""
	flags.VisitAll(func(f *pflag.Flag) {
		reads := f.Name == "paste" && f.Value.String() == "true"
		if placeholder, _ := pflag.UnquoteUsage(f); placeholder == "FILE" && f.Name != "output-file" && f.Name != "har" {
			reads = f.Value.String() == "-"
		}
		switch {
		case !reads:
		case first == "":
			first = "--" + f.Name
		case err == nil:
			err = problem.Usagef("usage.stdin", "%s and --%s cannot both read standard input", first, f.Name)
		}
	})
	return err
}

// sensibleTimes refuses bounds that nothing can keep, and a leeway that makes good tokens bad.
func sensibleTimes(flags *pflag.FlagSet) error {
	for _, name := range []string{"wait", "timeout", "leeway"} {
		f := flags.Lookup(name)
		if f == nil {
			continue
		}
		switch given := f.Value.String(); {
		case strings.HasPrefix(given, "-"):
			return problem.Usagef("usage.duration", "--%s is %s, and cannot be negative", name, given)
		case given == "0s" && name != "leeway":
			return problem.Usagef("usage.duration", "--%s is %s, in which nothing can be done", name, given).WithHint("--%s %s", name, f.DefValue)
		}
	}
	return nil
}

// noneEmpty refuses a flag that was given without a value, as an unset variable of a script gives it: what was to be
// compared would not be, in silence. An empty --scope asks for none.
func noneEmpty(flags *pflag.FlagSet) (err error) {
	flags.Visit(func(f *pflag.Flag) {
		empty := f.Value.Type() == "string" && f.Value.String() == ""
		if slice, ok := f.Value.(pflag.SliceValue); ok && f.Name != "scope" {
			empty = slices.ContainsFunc(slice.GetSlice(), func(s string) bool { return strings.TrimSpace(s) == "" })
		}
		if empty && err == nil {
			err = problem.Usagef("usage.empty", "--%s was given without a value", f.Name).
				WithHint("leave the flag out, or check the variable that its value comes from")
		}
	})
	return err
}
