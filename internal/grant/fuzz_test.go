package grant_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
)

// FuzzExplain refuses calls with whatever an API may say: nothing of it may reach a terminal raw, or a shell by way of a
// command in a hint.
func FuzzExplain(f *testing.F) {
	for _, seed := range []string{
		`Bearer error="insufficient_scope", scope="read '; id; '"`,
		`Bearer error="insufficient_user_authentication", acr_values="$(id)\"", max_age=1e9, scope="-x"`,
		`DPoP algs="ES256", Basic realm="x", Bearer resource_metadata="https://api.test/x?y#z"`,
		"Bearer error=\"a\x1b]8;;\x07\u202e\", error_description=\"\n\"",
	} {
		f.Add(seed, `{"iss":"https://id.test","aud":["a"],"scope":"read","cnf":{"jkt":"x"},"exp":1}`, 401)
	}
	command := regexp.MustCompile(`oauthctl (login|token client-credentials)((?: -{1,2}[a-z-]+ (?:'[^']*'|[^' ]+))*)$`)
	f.Fuzz(func(t *testing.T, challenge, claims string, status int) {
		p := grant.Refused{
			URL: "https://api.test/orders", Status: status, Header: http.Header{"Www-Authenticate": {challenge}},
			Token: secret.New(unsigned(claims)), Now: noon(),
		}.Explain()
		for _, line := range append(strings.Split(p.Hint, "\n"), p.Message, p.Want, p.Got) {
			if text.Line(line) != line {
				t.Errorf("raw: %q", line)
			}
		}
		for line := range strings.Lines(p.Hint) {
			line = strings.TrimRight(line, "\n")
			for _, lead := range []string{"sign in for it: ", "get a token with it: ", "the new token: "} {
				if _, after, ok := strings.Cut(line, lead); ok && !command.MatchString(after) {
					t.Errorf("no command that can be pasted: %q", after)
				}
			}
		}
	})
}
