package cmd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
	"golang.org/x/net/http/httpguts"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Layer is where a flag's value comes from; the zero value is the flag's own default.
type Layer string

// The layers, highest first.
const (
	FromDefault  Layer = ""
	FromFlag     Layer = "flag"
	FromEnv      Layer = "environment"
	FromProfile  Layer = "profile"
	FromProvider Layer = "provider"
)

// Source says where one flag's value came from.
type Source struct {
	Layer Layer
	Name  string // the flag, the variable, file:line:column, or the built-in provider's name
}

// rank is the layer's place: the value of a smaller one stands over that of a greater.
func (s Source) rank() int {
	return slices.Index([]Layer{FromFlag, FromEnv, FromProfile, FromProvider, FromDefault}, s.Layer)
}

// given says that a value was given, wherever.
func (s Source) given() bool { return s.Layer != FromDefault }

// asked says that a value was given for this command, and not for all uses of a profile.
func (s Source) asked() bool { return s.Layer == FromFlag || s.Layer == FromEnv }

// onCommandLine says that the value was typed, where other processes can read it.
func (s Source) onCommandLine() bool { return s.Layer == FromFlag }

// String returns the source for people: "environment OAUTHCTL_ISSUER".
func (s Source) String() string { return strings.TrimSpace(string(s.Layer) + " " + s.Name) }

// entry is one value on its way to a flag. Viper carries it whole, so that the winner still knows its origin.
type entry struct {
	values []string
	source Source
}

// layers is what stands below the command line.
type layers struct {
	env      func(string) string
	profile  *profile.Profile // nil where none is in use
	provider providerValues   // nil where there are none
}

// providerValues returns what the built-in provider gives, by key, and the provider's name. It is called when the
// flags hold everything from above, so that it can read --provider and --var.
type providerValues func(*pflag.FlagSet) (name string, values map[string][]string, err error)

// fill sets every flag that is not on the command line from the environment, else the profile, else the built-in
// provider, and returns where each flag's value came from. A flag so set counts as given.
func fill(flags *pflag.FlagSet, in layers) (map[string]Source, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter("::"))
	if err := v.BindPFlags(flags); err != nil {
		return nil, err
	}
	if err := v.MergeConfigMap(fromProfile(flags, in.profile, in.env)); err != nil {
		return nil, err
	}
	if err := v.MergeConfigMap(fromEnv(flags, in.env)); err != nil { // over the profile, under the flags
		return nil, err
	}
	sources := make(map[string]Source)
	if err := settle(flags, v, in, sources); err != nil || in.provider == nil {
		return sources, err
	}
	name, values, err := in.provider(flags)
	if err != nil {
		return sources, err
	}
	for key, value := range values {
		v.SetDefault(flagName(key), entry{value, Source{FromProvider, name}})
	}
	return sources, settle(flags, v, in, sources)
}

// settle hands to each unchanged flag what Viper found for it.
func settle(flags *pflag.FlagSet, v *viper.Viper, in layers, sources map[string]Source) error {
	found := make(map[string]entry)
	flags.VisitAll(func(f *pflag.Flag) {
		e, below := v.Get(f.Name).(entry) // anything else is the flag's own value
		switch {
		case f.Changed && !sources[f.Name].given():
			sources[f.Name] = Source{FromFlag, "--" + f.Name}
		case !f.Changed && below:
			found[f.Name], sources[f.Name] = e, e.source
		}
	})
	if err := oneSecret(in.profile, found, sources); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if err := set(flags.Lookup(name), found[name]); err != nil {
			return err
		}
	}
	return nil
}

// oneSecret keeps the client secret of the highest layer and forgets the others, as a file on the command line
// replaces a value in the environment. Two in one layer contradict each other.
func oneSecret(p *profile.Profile, found map[string]entry, sources map[string]Source) error {
	value, file := sources["client-secret"], sources["client-secret-file"]
	if stored := p.Secret("client_secret"); stored != nil && !value.given() {
		value = Source{FromProfile, at(p, stored.Position)}
	}
	switch {
	case !value.given():
	case !file.given():
		sources["client-secret"] = value
	case value.rank() == file.rank():
		return problem.Usagef("usage.secret", "two client secrets come from the %s: a value and a file", value.Layer)
	case value.rank() < file.rank():
		delete(found, "client-secret-file")
		delete(sources, "client-secret-file")
	default:
		delete(found, "client-secret")
		delete(sources, "client-secret")
	}
	return nil
}

// set gives an entry to a flag.
func set(f *pflag.Flag, e entry) error {
	if slice, ok := f.Value.(pflag.SliceValue); ok {
		if err := slice.Replace(e.values); err != nil {
			return refused(f, e, err)
		}
		f.Changed = true
		return nil
	}
	if len(e.values) != 1 {
		return problem.Usagef("usage.value", "%s: one value is wanted, not %d", e.label(f), len(e.values))
	}
	value := e.values[0]
	if f.NoOptDefVal != "" && f.Value.Type() != "bool" { // a flag that may stand alone, such as --dpop
		switch value {
		case "true":
			value = f.NoOptDefVal
		case "false":
			value = "none"
		}
	}
	if err := f.Value.Set(value); err != nil {
		return refused(f, e, err)
	}
	f.Changed = true
	return nil
}

// valuesOf returns what a flag holds, be it a list or not.
func valuesOf(f *pflag.Flag) []string {
	if slice, ok := f.Value.(pflag.SliceValue); ok {
		return slice.GetSlice()
	}
	return []string{f.Value.String()}
}

// refused is the error for a value that its flag does not take.
func refused(f *pflag.Flag, e entry, err error) error {
	switch kindOf(f) {
	case profile.Bool, profile.Duration, profile.Int: // the standard library's words name its own functions
		return problem.Usagef("usage.value", "%s: invalid %s %q", e.label(f), f.Value.Type(), strings.Join(e.values, " "))
	}
	known := problem.As(err)
	out := problem.Usagef("usage.value", "%s: %s", e.label(f), text.Escape(known.Message))
	out.Hint, out.Cause = known.Hint, err
	return out
}

// label names an entry's origin in an error: the variable, or the place in the file and its key.
func (e entry) label(f *pflag.Flag) string {
	switch e.source.Layer {
	case FromProfile:
		return e.source.Name + ": " + keyName(f.Name)
	case FromProvider:
		return "provider " + e.source.Name + ": " + keyName(f.Name)
	}
	return e.source.Name
}

// fromEnv returns what the environment gives, by flag.
func fromEnv(flags *pflag.FlagSet, env func(string) string) map[string]any {
	out := make(map[string]any)
	flags.VisitAll(func(f *pflag.Flag) {
		value := env(envName(f.Name))
		if value == "" || f.Name == "help" || f.Name == "version" {
			return
		}
		values := []string{value}
		if isList(f) {
			values = envWords(f, value)
		}
		out[f.Name] = entry{values, Source{FromEnv, envName(f.Name)}}
	})
	return out
}

// envWords splits a list at its spaces. A header has a space of its own: it goes on until a word names the next one.
func envWords(f *pflag.Flag, value string) []string {
	words := strings.Fields(value)
	if placeholder, _ := pflag.UnquoteUsage(f); placeholder != headerPlaceholder {
		return words
	}
	var headers []string
	for _, word := range words {
		last := len(headers) - 1
		name, rest, colon := strings.Cut(word, ":")
		if last < 0 || colon && httpguts.ValidHeaderFieldName(name) && !strings.HasPrefix(rest, "//") && !strings.HasSuffix(headers[last], ":") {
			headers = append(headers, word)
			continue
		}
		headers[last] += " " + word
	}
	return headers
}

// fromProfile returns what the profile gives, by flag.
func fromProfile(flags *pflag.FlagSet, p *profile.Profile, env func(string) string) map[string]any {
	out := make(map[string]any)
	values := p.Values()
	flags.VisitAll(func(f *pflag.Flag) {
		value, ok := values[keyName(f.Name)]
		if !ok {
			value, ok = values[snake(f.Name)]
		}
		if !ok {
			return
		}
		found := value.Text
		if placeholder, _ := pflag.UnquoteUsage(f); placeholder == "FILE" && len(found) == 1 {
			found = []string{profile.ExpandHome(found[0], homeOf(env))} // no shell was there to do it
		}
		out[f.Name] = entry{found, Source{FromProfile, at(p, value.Position)}}
	})
	return out
}

// at names a place in the profile's file.
func at(p *profile.Profile, where profile.Position) string {
	return fmt.Sprintf("%s:%d:%d", text.Escape(p.Path), where.Line, where.Column)
}
