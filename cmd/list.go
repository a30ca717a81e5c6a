package cmd

import (
	"strings"

	"github.com/spf13/pflag"
)

// list is a flag that may be given more than once, each value as it stands. pflag's own writes its default as CSV when
// it is declared, with a buffer of 4 KiB for each of the many that no command line sets.
type list struct {
	values *[]string
	given  bool
}

// listVar declares a repeatable flag.
//
//go:noinline
func listVar(f *pflag.FlagSet, to *[]string, name, usage string) { listVarP(f, to, name, "", usage) }

// listVarP is listVar with a letter.
func listVarP(f *pflag.FlagSet, to *[]string, name, letter, usage string) {
	f.VarP(&list{values: to}, name, letter, usage)
}

// String is the flag's value in help texts.
func (l *list) String() string {
	if l.values == nil || len(*l.values) == 0 {
		return ""
	}
	return "[" + strings.Join(*l.values, ",") + "]"
}

// Type is the name that pflag's own has, by which others know it.
func (*list) Type() string { return "stringArray" }

// Set adds a value; the first one replaces what was there by default.
func (l *list) Set(value string) error {
	if !l.given {
		*l.values, l.given = nil, true
	}
	return l.Append(value)
}

// Append adds a value.
func (l *list) Append(value string) error {
	*l.values = append(*l.values, value)
	return nil
}

// Replace puts other values in the place of all.
func (l *list) Replace(values []string) error {
	*l.values, l.given = append([]string(nil), values...), true
	return nil
}

// GetSlice returns the values.
func (l *list) GetSlice() []string { return *l.values }
