// Package profile reads the configuration file: named sets of flags, decoded strictly, each value with the place
// where it stands. It knows the file's shape and nothing of the flags, whose names and kinds the caller gives.
package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/text"
)

// Kind is what a key's value must look like. It is written as an error message names it.
type Kind string

// The kinds of values.
const (
	String   Kind = "text"
	List     Kind = "a list of texts"        // or one text
	Bool     Kind = "true or false"          // only these two
	Duration Kind = "a duration such as 30s" // with a unit
	Int      Kind = "a whole number"
	Map      Kind = "a mapping of names to texts" // or a list of name=value
	JSON     Kind = "JSON"                        // its text, or YAML's own lists and mappings
	Secret   Kind = "a secret's source"           // {env: …}, {file: …}, {command: […]}, or the secret itself
)

// Schema says which keys a profile may have, and of which kind each one is.
type Schema map[string]Kind

const noSuggestion = "keys are the flags in snake_case: oauthctl login --help"

// suggestion returns the hint for a key that is not in the schema, or empty.
func (s Schema) suggestion(key string) string {
	snake := strings.ReplaceAll(key, "-", "_")
	if _, ok := s[snake]; !ok {
		snake = text.Suggest(snake, slices.Sorted(maps.Keys(s)))
	}
	if snake == "" {
		return noSuggestion
	}
	return fmt.Sprintf("did you mean %q?", snake)
}

// Position is a place in the configuration file, counted from one; the column counts characters.
type Position struct{ Line, Column int }

// Value is what a profile gives to one flag.
type Value struct {
	Text []string // as the flag takes it: one element for a scalar, name=value for a mapping
	Position
}
