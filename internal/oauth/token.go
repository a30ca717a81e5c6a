package oauth

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// The token types that are understood (RFC 6750, RFC 9449 §5, RFC 8693 §2.2.1).
const (
	TypeBearer = "Bearer"
	TypeDPoP   = "DPoP"
	TypeNA     = "N_A"
)

// Response is what a token endpoint granted (RFC 6749 §5.1).
type Response struct {
	AccessToken     secret.Secret
	RefreshToken    secret.Secret
	IDToken         secret.Secret
	TokenType       string         // one of the constants, whatever the case it came in; "bot" or "user" (Slack)
	ExpiresIn       *time.Duration // nil where it is not known; never negative, 0 means expired
	Scopes          []string       // as granted
	ScopeGiven      bool           // absent means: as requested
	IssuedTokenType string         // RFC 8693 §2.2.1
	Members         strictjson.Object
	Raw             []byte // JSON as it came; a form re-made as JSON
}

// Format prints none of the response: its raw bytes hold the tokens.
func (r Response) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[token response]") }

// Scheme returns the scheme of the Authorization header that the token is used with, or "" where it is no access token
// at all (RFC 6749 §7.1, RFC 8693 §2.2.1).
func (r *Response) Scheme() string {
	switch r.TokenType {
	case TypeNA:
		return ""
	case TypeDPoP:
		return TypeDPoP
	}
	return TypeBearer
}

// OAuth2 returns the tokens as x/oauth2 has them, with every member of the answer as an extra. An unknown lifetime is
// its zero time.
func (r *Response) OAuth2(now time.Time) *oauth2.Token {
	token := &oauth2.Token{
		AccessToken: r.AccessToken.Reveal(), TokenType: r.TokenType, RefreshToken: r.RefreshToken.Reveal(),
	}
	if r.ExpiresIn != nil {
		token.ExpiresIn = int64(*r.ExpiresIn / time.Second)
		token.Expiry = now.Add(*r.ExpiresIn)
	}
	var extra map[string]any
	if err := json.Unmarshal(r.Raw, &extra); err != nil {
		return token
	}
	return token.WithExtra(extra)
}

// ParseTokenResponse judges the answer of a token endpoint. An error in it is an error at any status, and a token
// beside an error is never used. What the standard does not allow but can be understood without doubt is used, each
// with a warning among the checks (RFC 6749 §5.1, §5.2).
func ParseTokenResponse(status int, header http.Header, body []byte) (*Response, verdict.Checks, error) {
	a, err := readAnswer(tokenPlace, status, header, body)
	if err != nil {
		return nil, a.checks, err
	}
	if err := a.refused(); err != nil {
		return nil, a.checks, err
	}
	j := &tokenJudge{answer: a, members: a.members, out: &Response{Members: a.members, Raw: a.members.Raw()}}
	if err := j.judge(header); err != nil {
		return nil, a.checks, err
	}
	return j.out, a.checks, nil
}

// tokenJudge reads the members of a granting answer into a Response.
type tokenJudge struct {
	*answer
	members strictjson.Object // where the tokens stand: the answer itself, but for Slack's user tokens
	out     *Response
}

func (j *tokenJudge) judge(header http.Header) error {
	j.expectStatus(http.StatusOK)
	j.cacheControl(header)
	j.falseError()
	if slack, _, _ := j.answer.members.Bool("ok"); slack {
		j.descend()
	}
	if err := j.access(); err != nil {
		return err
	}
	var err error
	if j.out.RefreshToken, err = j.optional("refresh_token", "RFC 6749 §5.1"); err != nil {
		return err
	}
	if j.out.IDToken, err = j.optional("id_token", "OIDC Core §3.1.3.3"); err != nil {
		return err
	}
	if j.out.IssuedTokenType, err = j.members.String("issued_token_type"); err != nil {
		j.warn("token.issued_token_type", "RFC 8693 §2.2.1", "a string", j.kind("issued_token_type"), "it was ignored")
	}
	return nil
}

func (j *tokenJudge) cacheControl(header http.Header) {
	check := verdict.Check{
		Rule: "token.cache_control", Spec: "RFC 6749 §5.1", Status: verdict.Warn, Want: "no-store",
		Got:  text.Escape(strings.Join(header.Values("Cache-Control"), ", ")),
		Hint: "the provider lets caches keep tokens",
	}
	for directive := range strings.SplitSeq(strings.Join(header.Values("Cache-Control"), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(directive), "no-store") {
			check.Status, check.Hint = verdict.Pass, ""
		}
	}
	if check.Got == "" {
		check.Got = "no Cache-Control"
	}
	j.add(check)
}

// falseError tells of an error member that states none.
func (j *tokenJudge) falseError() {
	if j.members.Has("error") {
		j.warn("token.error", "RFC 6749 §5.2", "no error in an answer that grants", j.kind("error"), "")
	}
}

// descend goes to the user's token where Slack sends that alone, one level down.
func (j *tokenJudge) descend() {
	inner, ok, err := j.members.Object("authed_user")
	if j.members.Has("access_token") || !ok || err != nil || !inner.Has("access_token") {
		return
	}
	j.members = inner
	j.warn("token.nested", "RFC 6749 §5.1", "access_token as a member of the answer", "access_token inside authed_user",
		"the user's token is used")
}

// kind names what a member is, without its value.
func (j *tokenJudge) kind(name string) string { return kindOf(j.members, name) }
