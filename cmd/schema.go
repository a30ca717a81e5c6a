package cmd

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// envPrefix begins every variable that stands for a flag.
const envPrefix = "OAUTHCTL_"

// envName returns the variable that stands for a flag.
func envName(flag string) string { return envPrefix + strings.ToUpper(snake(flag)) }

func snake(flag string) string { return strings.ReplaceAll(flag, "-", "_") }

// keyName returns a flag's key in a profile: its name in snake_case, but for the map of a provider's variables.
func keyName(flag string) string {
	if flag == "var" {
		return "vars"
	}
	return snake(flag)
}

// flagName is the way back from a key.
func flagName(key string) string {
	if key == "vars" {
		return "var"
	}
	return strings.ReplaceAll(key, "_", "-")
}

// apart says that a flag is none of a profile's business: it chooses the profile, or ends the program.
func apart(flag string) bool {
	switch flag {
	case "help", "version", "config", "profile":
		return true
	}
	return false
}

// schemaOf derives the profile's keys from the flags of all commands.
func schemaOf(root *cobra.Command) profile.Schema {
	schema := make(profile.Schema)
	everyFlag(root, func(f *pflag.Flag) {
		if apart(f.Name) {
			return
		}
		kind := kindOf(f)
		for _, key := range []string{snake(f.Name), keyName(f.Name)} {
			if known, ok := schema[key]; !ok || known != profile.List { // a list of one fits a flag that takes one
				schema[key] = kind
			}
		}
	})
	return schema
}

// everyFlag visits the flags of a command and of all below it.
func everyFlag(c *cobra.Command, visit func(*pflag.Flag)) {
	c.LocalFlags().VisitAll(visit)
	for _, child := range c.Commands() {
		everyFlag(child, visit)
	}
}

func descendants(c *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, child := range c.Commands() {
		out = append(append(out, child), descendants(child)...)
	}
	return out
}

// kindOf says what a flag's value must look like in a profile.
func kindOf(f *pflag.Flag) profile.Kind {
	if f.Name == "client-secret" {
		return profile.Secret
	}
	placeholder, _ := pflag.UnquoteUsage(f)
	switch {
	case isList(f) && strings.Contains(placeholder, "="):
		return profile.Map
	case isList(f):
		return profile.List
	case placeholder == "JSON":
		return profile.JSON
	}
	switch f.Value.Type() {
	case "bool":
		return profile.Bool
	case "duration":
		return profile.Duration
	case "int":
		return profile.Int
	}
	return profile.String
}

// isList says whether a flag may be given more than once.
func isList(f *pflag.Flag) bool {
	_, ok := f.Value.(pflag.SliceValue)
	return ok
}

// strangers warns of variables that look like ours and are not. Their values are not shown: they may be secrets.
func strangers(environ []string, schema profile.Schema) verdict.Checks {
	known := map[string]bool{envName("config"): true, envName("profile"): true}
	for key := range schema {
		known[envName(flagName(key))] = true
	}
	names := make([]string, len(environ))
	for i, setting := range environ {
		names[i], _, _ = strings.Cut(setting, "=")
	}
	slices.Sort(names)
	var out verdict.Checks
	for _, name := range names {
		if !strings.HasPrefix(name, envPrefix) || known[name] {
			continue
		}
		c := verdict.Check{Rule: "usage.environment", Status: verdict.Warn, Got: text.Escape(name) + " stands for no flag"}
		if near := text.Suggest(name, slices.Sorted(maps.Keys(known))); near != "" {
			c.Hint = "did you mean " + near + "?"
		}
		out = append(out, c)
	}
	return out
}
