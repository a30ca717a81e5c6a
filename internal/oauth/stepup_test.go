package oauth

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// TestParseStepUp reads what an API demands, strictly (RFC 9470 §3).
func TestParseStepUp(t *testing.T) {
	age := func(seconds int) *time.Duration { d := time.Duration(seconds) * time.Second; return &d }
	const begin = `Bearer error="insufficient_user_authentication"`
	for name, test := range map[string]struct {
		lines []string
		want  *StepUp
		got   string // of the error
	}{
		"none":              {nil, nil, ""},
		"another error":     {[]string{`Bearer error="invalid_token", acr_values="gold"`}, nil, ""},
		"both":              {[]string{begin + `, error_description="no", acr_values="gold silver", max_age="300", scope="a b"`}, &StepUp{[]string{"gold", "silver"}, age(300), []string{"a", "b"}}, ""},
		"max_age alone":     {[]string{begin + `, max_age=0`}, &StepUp{[]string{}, age(0), []string{}}, ""},
		"acr_values alone":  {[]string{"Basic realm=x", begin + `, acr_values="urn:a:b"`}, &StepUp{[]string{"urn:a:b"}, nil, []string{}}, ""},
		"DPoP":              {[]string{`DPoP error="insufficient_user_authentication", algs="ES256", acr_values=gold`}, &StepUp{[]string{"gold"}, nil, []string{}}, ""},
		"neither":           {[]string{begin}, &StepUp{[]string{}, nil, []string{}}, ""},
		"negative":          {[]string{begin + `, max_age="-1"`}, nil, "max_age -1"},
		"signed":            {[]string{begin + `, max_age="+1"`}, nil, "max_age +1"},
		"empty":             {[]string{begin + `, max_age=""`}, nil, "max_age "},
		"fraction":          {[]string{begin + `, max_age="1.5"`}, nil, "max_age 1.5"},
		"words":             {[]string{begin + `, max_age="soon"`}, nil, "max_age soon"},
		"overflow":          {[]string{begin + `, max_age="99999999999999999999"`}, nil, "max_age 99999999999999999999"},
		"max_age twice":     {[]string{begin + `, max_age=1, max_age=2`}, nil, "max_age several times"},
		"acr_values twice":  {[]string{begin + `, acr_values="gold", ACR_values="bronze"`}, nil, "acr_values several times"},
		"twice elsewhere":   {[]string{`Basic scope=a, scope=b`, begin + `, acr_values="gold"`}, &StepUp{[]string{"gold"}, nil, []string{}}, ""},
		"control character": {[]string{begin + ", acr_values=\"gold\x1b[2J\""}, nil, `acr_values gold\x1b[2J`},
		"quote":             {[]string{begin + `, acr_values="a\"b"`}, nil, `acr_values a"b`},
		"too many":          {[]string{begin + `, acr_values="` + strings.Repeat("a ", 17) + `"`}, nil, "17 of them"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseStepUp(http.Header{"Www-Authenticate": test.lines})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			switch {
			case (err != nil) != (test.got != ""):
				t.Fatal(err)
			case err != nil && (problem.As(err).Got != test.got || problem.As(err).Code != "resource.step_up" || problem.As(err).Kind != problem.Verification):
				t.Errorf("%q, want %q", problem.As(err).Got, test.got)
			}
		})
	}
}
