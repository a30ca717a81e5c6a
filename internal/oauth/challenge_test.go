package oauth

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseChallenges(t *testing.T) {
	many := "Bearer " + strings.Repeat(`a="b",`, 100_000)
	for name, test := range map[string]struct {
		lines []string
		want  []Challenge
	}{
		"none":         {nil, nil},
		"scheme alone": {[]string{"Bearer"}, []Challenge{{"Bearer", map[string]string{}}}},
		"parameters": {
			[]string{`Bearer realm="x", error="invalid_token", error_description="it \"expired\""`},
			[]Challenge{{"Bearer", map[string]string{"realm": "x", "error": "invalid_token", "error_description": `it "expired"`}}},
		},
		"two schemes on one line": {
			[]string{`Bearer error=invalid_token, DPoP algs="ES256", Error="x"`},
			[]Challenge{{"Bearer", map[string]string{"error": "invalid_token"}}, {"DPoP", map[string]string{"algs": "ES256", "error": "x"}}},
		},
		"two headers":           {[]string{"Basic realm=a", "Bearer"}, []Challenge{{"Basic", map[string]string{"realm": "a"}}, {"Bearer", map[string]string{}}}},
		"the first wins":        {[]string{"Bearer error=a, error=b"}, []Challenge{{"Bearer", map[string]string{"error": "a"}}}},
		"unterminated quote":    {[]string{`Bearer realm="x", error="inv`}, []Challenge{{"Bearer", map[string]string{"realm": "x"}}}},
		"parameter first":       {[]string{`error="x"`}, nil},
		"escape ends the value": {[]string{"Bearer error=\x1b[31m"}, []Challenge{{"Bearer", map[string]string{}}}},
		"any number":            {[]string{many}, []Challenge{{"Bearer", map[string]string{"a": "b"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := ParseChallenges(http.Header{"Www-Authenticate": test.lines})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("challenges (-want +got):\n%s", diff)
			}
		})
	}
}
