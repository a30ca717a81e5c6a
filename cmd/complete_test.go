package cmd

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// TestChoicesAreThoseOfTheHelp holds what completion offers to what a flag's help names, and to the algorithms there are.
func TestChoicesAreThoseOfTheHelp(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range everyCommand() {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			values := choices(f.Name)
			_, usage := pflag.UnquoteUsage(f)
			if len(values) < 2 || !strings.Contains(usage, values[0]) || !strings.Contains(usage, values[1]) || values[0] == "RS256" {
				return // the help lists none
			}
			words := strings.FieldsFunc(usage, func(r rune) bool { return strings.ContainsRune(" ,;:'()", r) })
			for _, value := range values {
				if !slices.Contains(words, value) && !strings.Contains(usage, "'"+value+"'") && !strings.Contains(signingNames, value) {
					t.Errorf("%s: the help of --%s does not name %q: %s", c.CommandPath(), f.Name, value, usage)
				}
			}
			seen[f.Name] = true
		})
	}
	for _, want := range []string{"auth-method", "pkce", "par", "response-mode", "response-type", "kind", "assertion-audience"} {
		if !seen[want] {
			t.Errorf("--%s was not compared", want)
		}
	}
	if _, err := jose.ParseAlgorithms(strings.Fields(signingNames)); err != nil {
		t.Error(err)
	}
}
