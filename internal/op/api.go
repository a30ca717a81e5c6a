package op

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// api is a protected resource, for trying a token. It says what it was sent; with acr_values or max_age in its query it
// demands a login of one of these classes, or no older than so many seconds (RFC 9470 §3).
func (x *exchange) api() answer {
	body, err := io.ReadAll(x.r.Body)
	if err != nil {
		return x.plain(http.StatusRequestEntityTooLarge, "the body is larger than 64 KiB\n")
	}
	x.r.Body = io.NopCloser(bytes.NewReader(body)) // a form in it may hold the token
	t, bad := x.accessPresented()
	if bad == nil {
		bad = x.judgeLogin(t)
	}
	if bad != nil {
		return x.refuseToken(bad, "")
	}
	x.client, x.grant, x.event.ClientID = t.grant.client, t.grant, t.grant.client.ID
	doc := document{
		{"method", x.r.Method},
		{"path", x.r.URL.RequestURI()},
		{"body", string(body)},
		{"sub", t.grant.subject()},
		{"scope", strings.Join(t.scopes, " ")},
	}
	x.authentication(&doc)
	return x.reply(http.StatusOK, doc)
}

// judgeLogin wants a token for this API, and the login behind it to be what the query says.
func (x *exchange) judgeLogin(t *access) *refusal {
	dpop := t.bound.jkt != ""
	here := []string{x.p.config.Audience, x.p.endpoint(atAPI)}
	if !slices.ContainsFunc(t.audiences, func(aud string) bool { return slices.Contains(here, aud) }) {
		return &refusal{
			code: "invalid_token", status: http.StatusUnauthorized, dpop: dpop,
			description: "this access token is for " + strings.Join(t.audiences, " ") + ", not for " + here[0],
		}
	}
	query := x.r.URL.Query()
	asked := &refusal{code: "insufficient_user_authentication", status: http.StatusUnauthorized, dpop: dpop, demands: demands(query)}
	classes := strings.Fields(query.Get("acr_values"))
	seconds, err := strconv.ParseUint(query.Get("max_age"), 10, 31)
	switch {
	case query.Get("max_age") != "" && err != nil:
		return refused("invalid_request", "max_age '%s' is not a whole number of seconds", query.Get("max_age"))
	case len(classes) > 0 && !slices.Contains(classes, t.grant.acr):
		asked.description = "the login was of the class '" + t.grant.acr + "', and one of '" + strings.Join(classes, " ") + "' is wanted"
	case err == nil && x.now.Sub(t.grant.authTime) > time.Duration(seconds)*time.Second:
		asked.description = "the login was longer ago than " + query.Get("max_age") + " s"
	default:
		return nil
	}
	return asked
}

// demands are the parameters of a challenge that say which login is wanted (RFC 9470 §3).
func demands(query url.Values) string {
	var b strings.Builder
	for _, name := range []string{"acr_values", "max_age"} {
		if value := query.Get(name); value != "" {
			b.WriteString(`, ` + name + `="` + printable(value) + `"`)
		}
	}
	return b.String()
}
