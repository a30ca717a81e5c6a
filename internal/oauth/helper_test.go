package oauth

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// outcome is what a test wants of an error: the parts that a user, a script and the renderer rely on.
type outcome struct {
	Kind   problem.Kind
	Code   string
	Want   string
	Got    string
	Answer *problem.Answer
}

func outcomeOf(t *testing.T, err error) outcome {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	p := problem.As(err)
	return outcome{Kind: p.Kind, Code: p.Code, Want: p.Want, Got: p.Got, Answer: p.Answer}
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// jsonHeader is what a proper token endpoint answers with.
func jsonHeader() http.Header {
	return http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}}
}

// warned lists the rules that warned, in order.
func warned(checks verdict.Checks) []string {
	rules := []string{}
	for _, check := range checks.With(verdict.Warn) {
		rules = append(rules, check.Rule)
	}
	return rules
}
