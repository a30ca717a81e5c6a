package cmd

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// noSubcommand refuses a word that names no subcommand, with the nearest that does.
func noSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	err := problem.Usagef("usage.command", "unknown command %q for %q", brief(args[0]), cmd.CommandPath())
	if near := nearCommand(cmd, args[0], names); near != "" {
		return err.WithHint("did you mean this? %s", near)
	}
	return err.WithHint("%s %s", cmd.CommandPath(), strings.Join(names, " | "))
}

// nearCommand is the command that a word is likely to mean: one with a name like it, the one of that grant type, or at the
// root one that stands deeper.
func nearCommand(cmd *cobra.Command, word string, names []string) string {
	if near := text.Suggest(word, names); near != "" {
		return cmd.CommandPath() + " " + near
	}
	for _, c := range cmd.Commands() {
		kind := c.Annotations[annotationGrant]
		if kind != "" && strings.EqualFold(strings.ReplaceAll(word, "-", "_"), strings.ReplaceAll(kind[strings.LastIndex(kind, ":")+1:], "-", "_")) {
			return c.CommandPath()
		}
	}
	if cmd.HasParent() {
		return ""
	}
	for _, group := range cmd.Commands() {
		for _, c := range group.Commands() {
			if c.IsAvailableCommand() && c.Name() == word {
				return c.CommandPath()
			}
		}
	}
	return ""
}

// brief is an argument in an error: a long one may be a token in the wrong place.
func brief(argument string) string {
	const enough = 32
	if len(argument) <= enough {
		return argument
	}
	return fmt.Sprintf("%s… (%d characters)", argument[:4], len(argument))
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error { return atMost(0)(cmd, args) }

// atMost accepts up to n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		if n == 0 {
			err := problem.Usagef("usage.arguments", "%q takes no arguments, and was given %q", cmd.CommandPath(), brief(args[0]))
			if flag := optionalValue(cmd.Flags()); flag != "" {
				return err.WithHint("a value of --%s follows a sign of equality: --%[1]s=%s", flag, brief(args[0]))
			}
			return err.WithHint("%s", straying(cmd, args[0]))
		}
		return problem.Usagef("usage.arguments", "%q takes at most %d argument, and was given %d", cmd.CommandPath(), n, len(args)).
			WithHint("%s --help", cmd.CommandPath())
	}
}

// straying says where an argument belongs that stands where none does.
func straying(cmd *cobra.Command, argument string) string {
	flags := cmd.Flags()
	if long := singleDash(flags); long != "" {
		return "did you mean --" + long + "?"
	}
	if strings.Contains(argument, "://") && flags.Lookup("issuer") != nil {
		return "the provider's address is given by a flag: --issuer URL"
	}
	if _, err := os.Stat(argument); err == nil || looksLikeToken(argument) {
		for _, name := range []string{"token-file", "refresh-token-file", "subject-token-file", "assertion-file"} {
			if flags.Lookup(name) != nil {
				return "a token is handed over as --" + name + " FILE, or by stdin: --" + name + " -"
			}
		}
	}
	return cmd.CommandPath() + " --help"
}

// singleDash is the long flag that was given with one dash, and so read as a short one with a value.
func singleDash(flags *pflag.FlagSet) (long string) {
	flags.Visit(func(f *pflag.Flag) {
		name := f.Shorthand + strings.Trim(f.Value.String(), "[]")
		if f.Shorthand != "" && flags.Lookup(name) != nil {
			long = name
		}
	})
	return long
}

// optionalValue is the first flag that was given without the value that it may have.
func optionalValue(flags *pflag.FlagSet) (name string) {
	flags.Visit(func(f *pflag.Flag) {
		if name == "" && f.NoOptDefVal != "" && f.Value.Type() != "bool" && f.Value.String() == f.NoOptDefVal {
			name = f.Name
		}
	})
	return name
}

// flagError makes a usage error of what pflag says, with the nearest flag for a misspelt one.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) || errors.Is(err, errVersion) {
		return err
	}
	if words := cmd.Flags().Args(); cmd.HasAvailableSubCommands() && len(words) > 0 && cmd.Args != nil {
		if wrong := cmd.Args(cmd, words); wrong != nil {
			return wrong // the command is what is misspelt, and so its flags are unknown
		}
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return unknownFlag(cmd, unknown)
	}
	wrong := problem.Usagef("usage.flag", "%s", shortFlagError(err))
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok && invalid.GetFlag().Value.Type() == "duration" {
		if _, err := strconv.ParseUint(invalid.GetValue(), 10, 16); err == nil {
			return wrong.WithHint("did you mean --%s %ss?", invalid.GetFlag().Name, invalid.GetValue())
		}
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok && invalid.GetFlag().Value.Type() == "int" {
		if d, err := time.ParseDuration(invalid.GetValue()); err == nil && d%time.Second == 0 {
			return wrong.WithHint("it takes a number alone: --%s %d", invalid.GetFlag().Name, d/time.Second)
		}
		return wrong.WithHint("it takes a number alone")
	}
	return wrong.WithHint("%s --help", cmd.CommandPath())
}

// unknownFlag refuses a flag that is not there, with the one that is likely to be meant. What holds a secret is named by
// its file.
func unknownFlag(cmd *cobra.Command, unknown *pflag.NotExistError) error {
	flags := cmd.Flags()
	if rest, _, _ := strings.Cut(unknown.GetSpecifiedShortnames(), "="); rest != "" {
		word := rest
		flags.Visit(func(f *pflag.Flag) { // -verbose is -v, and then -erbose
			if f.Shorthand != "" && flags.Lookup(f.Shorthand+rest) != nil {
				word = f.Shorthand + rest
			}
		})
		if len(word) > 1 && flags.Lookup(word) != nil {
			return problem.Usagef("usage.flag", "unknown flag -%s", word).WithHint("did you mean --%s?", word)
		}
		return problem.Usagef("usage.flag", "%s", unknown).WithHint("%s --help lists the flags", cmd.CommandPath())
	}
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	name := unknown.GetSpecifiedName()
	near := text.Suggest(name, names)
	for _, word := range []string{near, name} {
		if word != "" && flags.Lookup(word+"-file") != nil {
			near = word + "-file"
		}
	}
	err := problem.Usagef("usage.flag", "unknown flag --%s", brief(name))
	if near == "" || len(name) == 1 {
		return err.WithHint("%s --help lists the flags", cmd.CommandPath())
	}
	return err.WithHint("did you mean --%s?", near)
}

// shortFlagError drops what the parsers of Go say of themselves from a message such as `invalid argument "x" …:
// strconv.ParseBool: parsing "x": invalid syntax`.
func shortFlagError(err error) string {
	message := err.Error()
	for _, noise := range []string{"strconv.ParseBool: ", "strconv.ParseInt: ", "strconv.Atoi: ", "time: "} {
		message = strings.ReplaceAll(message, noise, "")
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		message = strings.TrimSuffix(message, fmt.Sprintf(": parsing %q: invalid syntax", invalid.GetValue()))
	}
	return message
}
