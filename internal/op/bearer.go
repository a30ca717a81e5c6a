package op

import (
	"slices"
	"strings"
)

// Grants in which nobody is at a browser: an assertion (RFC 7523), and a password (RFC 6749 §4.3).

// anonymous says that a request does not authenticate a client; it may name one.
func (x *exchange) anonymous() bool {
	_, header := x.r.Header["Authorization"]
	return !header && !x.form.Has("client_secret") && !x.form.Has("client_assertion")
}

// assertionIssuer takes the client from the assertion of the grant: with its signature no other authentication is
// needed (RFC 7523 §3.1, RFC 7521 §4.1). The grant verifies it.
func (x *exchange) assertionIssuer() (*Client, *refusal) {
	t, wrong := parseJWS(x.form.Get("assertion"))
	if wrong != "" {
		return nil, x.unreadableAssertion(wrong)
	}
	iss, _ := t.claims.String("iss")
	if id := x.form.Get("client_id"); id != "" && id != iss {
		return nil, refused("invalid_request", "client_id is '%s', but the iss of the assertion is '%s'", id, iss)
	}
	client := x.p.client(iss)
	if client == nil {
		return nil, refused("invalid_grant", "the iss of the assertion is '%s', which is no client here%s", iss, x.suggestClient(iss))
	}
	x.event.ClientID, x.event.AuthMethod = client.ID, authNone
	return client, nil
}

func (x *exchange) unreadableAssertion(wrong string) *refusal {
	if !x.form.Has("assertion") {
		return refused("invalid_request", "assertion is missing")
	}
	return refused("invalid_grant", "the assertion cannot be read: %s", wrong)
}

// bearerAssertion issues a token about whom the client's assertion names (RFC 7523 §2.1, §3). The caller holds the
// lock.
func (x *exchange) bearerAssertion() (document, *refusal) {
	refuse := func(format string, args ...any) (document, *refusal) {
		return nil, refused("invalid_grant", format, args...)
	}
	t, wrong := parseJWS(x.form.Get("assertion"))
	if wrong != "" {
		return nil, x.unreadableAssertion(wrong)
	}
	if iss, _ := t.claims.String("iss"); iss != x.client.ID {
		return refuse("the iss of the assertion is '%s', but the client is '%s'", iss, x.client.ID)
	}
	if wrong = x.verifies(x.client, t); wrong == "" {
		wrong = x.assertionClaims(t, x.client)
	}
	if wrong != "" {
		return refuse("the assertion is refused: %s", wrong)
	}
	subject, err := t.claims.String("sub")
	if err != nil || subject == "" {
		return refuse("the assertion has no sub, which says whom the token is about")
	}
	g := &grant{client: x.client, authTime: x.now}
	if subject != x.client.ID {
		for i := range x.p.config.Users {
			if u := &x.p.config.Users[i]; u.Subject == subject || u.Username == subject {
				g.user = u
			}
		}
		if g.user == nil {
			return refuse("the sub of the assertion is '%s', which is neither a user's name or sub nor the client", subject)
		}
	}
	var bad *refusal
	if g.scopes, g.audiences, bad = x.asked(); bad != nil {
		return nil, bad
	}
	if g.details, bad = x.detailsOf(x.client, x.form); bad != nil {
		return nil, bad
	}
	if g.user == nil {
		g.scopes = withoutPerson(g.scopes)
	}
	x.grant = g
	return x.issue(issuance{scopes: g.scopes, audiences: g.audiences, details: g.details})
}

// asked reads scope, resource and audience of a token request that grants them anew.
func (x *exchange) asked() (scopes, audiences []string, bad *refusal) {
	if scopes, bad = x.client.reduce(x.form.Get("scope")); bad == nil {
		audiences, bad = targets(x.form)
	}
	return scopes, audiences, bad
}

// withoutPerson drops the scopes that mean something only where there is a person.
func withoutPerson(scopes []string) []string {
	return slices.DeleteFunc(scopes, func(s string) bool { return slices.Contains(aboutPerson, s) })
}

// passwordGrant issues tokens to a client that was told the person's password (RFC 6749 §4.3), which no new client
// should be (RFC 9700 §2.4).
func (x *exchange) passwordGrant() (document, *refusal) {
	var missing []string
	for _, name := range []string{"username", "password"} {
		if !x.form.Has(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, refused("invalid_request", "missing: %s", strings.Join(missing, ", "))
	}
	user := x.p.users[x.form.Get("username")]
	want := random() // an unknown user costs the same comparison
	if user != nil {
		want = user.Password.Reveal()
	}
	if !equal(want, x.form.Get("password")) || user == nil {
		return nil, refused("invalid_grant", "wrong username or password")
	}
	scopes, audiences, bad := x.asked()
	if bad != nil {
		return nil, bad
	}
	details, bad := x.detailsOf(x.client, x.form)
	if bad != nil {
		return nil, bad
	}
	x.grant = &grant{client: x.client, user: user, scopes: scopes, audiences: audiences, details: details, amr: "pwd", authTime: x.now}
	return x.issue(issuance{scopes: scopes, audiences: audiences, details: details, refresh: x.wantsRefresh()})
}
