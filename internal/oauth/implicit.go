package oauth

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// ParseImplicit judges the answer of an authorization endpoint that gives the tokens itself, in the order of
// ParseCallback: state first, and ErrForeign is to be ignored. What the response type asked for must be there, and
// nothing else is taken (RFC 6749 §4.2.2, OIDC Core §3.2.2.5).
func ParseImplicit(encoded string, p Pending) (*Response, verdict.Checks, error) {
	if p.ResponseType == "" {
		p.ResponseType = "token"
	}
	c, err := readCallback(encoded, p)
	if err != nil {
		return nil, nil, err
	}
	return c.tokens(p.ResponseType)
}

// tokens reads the tokens that the response type names.
func (c *Callback) tokens(responseType string) (*Response, verdict.Checks, error) {
	members, err := c.members()
	if err != nil {
		return nil, c.checks, refuseCallback("callback.encoding", "RFC 6749 appendix B", "the callback cannot be read", "")
	}
	a := &answer{at: authorizePlace, form: true, members: members, checks: c.checks}
	j := &tokenJudge{answer: a, members: members, out: &Response{Members: members, Raw: members.Raw()}}
	if err := j.implicit(strings.Fields(responseType)); err != nil {
		return nil, a.checks, err
	}
	return j.out, a.checks, nil
}

// implicit reads what was asked for. A refresh token must not come this way: it is in the browser's history, and is not
// taken.
func (j *tokenJudge) implicit(asked []string) error {
	if slices.Contains(asked, "token") {
		if err := j.access(); err != nil {
			return err
		}
	}
	var err error
	if j.out.IDToken, err = j.optional("id_token", "OIDC Core §3.2.2.5"); err != nil {
		return err
	}
	if slices.Contains(asked, "id_token") && j.out.IDToken.IsZero() {
		return j.fail("the answer has no ID token", verdict.Check{
			Rule: "id_token.missing", Spec: "OIDC Core §3.2.2.5", Want: "id_token, as the response type asked for it",
			Got: names(j.members),
		})
	}
	if j.members.Has("refresh_token") {
		j.warn("callback.refresh_token", "RFC 6749 §4.2.2", "no refresh token in the browser", "refresh_token",
			"it was not used, and is in the browser's history: revoke it")
	}
	if j.members.Has("code") && !slices.Contains(asked, "code") {
		j.warn("callback.code", "RFC 6749 §4.2.2", "no code", "code", "it was not asked for, and not used")
	}
	return nil
}

// members makes an object of the parameters; of one that is repeated, and none of the protocol's own, the first.
func (c *Callback) members() (strictjson.Object, error) {
	raw := []byte("{")
	for i, name := range slices.Sorted(maps.Keys(c.values)) {
		value := c.values.Get(name)
		if i == maxPairs || !utf8.ValidString(name) || !utf8.ValidString(value) {
			return strictjson.Object{}, errors.New("too many parameters, or one that is no text")
		}
		if i > 0 {
			raw = append(raw, ',')
		}
		raw = appendPair(raw, name, value)
	}
	return strictjson.Parse(append(raw, '}'))
}
