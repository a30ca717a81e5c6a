package cmd

import (
	"strings"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// idle refuses the flags that have no effect where they were typed: nobody types what is to do nothing. A profile, or the
// environment, may hold them for its other uses.
func (app *App) idle(why, hint string, names ...string) error {
	for _, name := range names {
		if app.sources[name].onCommandLine() {
			return problem.Usagef("usage.flag", "--%s has no meaning %s", name, why).WithHint("%s", hint)
		}
	}
	return nil
}

// duty is what a command has of the client's credentials to do.
type duty struct {
	endpoint      string // at which the client authenticates; empty: at none
	signs         bool   // the client's key signs more than assertions for its authentication
	readsSecret   bool   // answers may be verified or decrypted with the client secret
	makesAudience bool   // an assertion is made beside those for authentication
}

// warnOfIdle tells of credentials that were typed and are not used. That hangs on the method, which the provider's
// metadata may decide: it is no mistake to be refused.
func (app *App) warnOfIdle(env *grant.Env, p duty) {
	method, why := "", "the client does not authenticate here"
	if p.endpoint != "" {
		var err error
		if method, _, err = env.Client.Choose(env.Provider.AuthMethods(p.endpoint)); err != nil {
			return // whoever sends the request says so
		}
		if why = "the client authenticates by " + method; method == oauth.AuthNone {
			why = "the client does not authenticate (none)"
		}
	}
	assertion := method == oauth.AuthPrivateKeyJWT || method == oauth.AuthSecretJWT
	secret := method == oauth.AuthBasic || method == oauth.AuthPost || method == oauth.AuthSecretJWT
	key := p.signs || method == oauth.AuthPrivateKeyJWT
	var idle []string
	for _, row := range []struct {
		used  bool
		flags string
	}{
		{secret || p.readsSecret, "client-secret client-secret-file"},
		{method != "", "auth-method"},
		{method == oauth.AuthBasic, "basic-encoding"},
		{key, "client-key client-key-command client-key-id client-key-password-file"},
		{key || method == oauth.AuthSecretJWT, "client-key-alg"},
		{assertion || p.makesAudience, "assertion-audience"},
	} {
		for name := range strings.FieldsSeq(row.flags) {
			if !row.used && app.sources[name].onCommandLine() {
				idle = append(idle, "--"+name)
			}
		}
	}
	if len(idle) > 0 {
		app.warn(verdict.Check{Rule: "usage.flag", Got: "nothing uses " + strings.Join(idle, ", ") + ": " + why})
	}
}

// warnOfKind tells of expectations that were typed, and that a token turns out to be of the wrong kind for. Among many
// tokens there may be others.
func (app *App) warnOfKind(o *verifyOptions, kind oidc.Kind) {
	for name := range strings.FieldsSeq(idleFor(kind, o.clientID)) {
		if app.sources[name].onCommandLine() {
			app.warn(verdict.Check{
				Rule: "usage.flag", Got: "--" + name + " has no meaning for a token of the kind " + string(kind),
				Hint: "--kind takes tokens of one kind alone" + o.forWhom(kind),
			})
		}
	}
}

// idleFor returns the flags that say nothing of a kind of token.
func idleFor(kind oidc.Kind, clientID string) string {
	const id = " trust-aud allow-azp"
	flags := map[oidc.Kind]string{
		oidc.ID: "strict", oidc.Access: id, oidc.Logout: "strict" + id, oidc.JARM: "strict" + id, oidc.Introspection: "strict" + id,
		oidc.Request: "strict" + id, oidc.Assertion: "strict" + id, oidc.DPoP: "strict audience client-id" + id, oidc.Unknown: "strict" + id,
	}[kind]
	if forClient(kind) && clientID != "" {
		flags += " audience"
	}
	return flags
}

// forClient says that a kind of token is for the client, and not for an API.
func forClient(kind oidc.Kind) bool {
	return kind == oidc.ID || kind == oidc.Logout || kind == oidc.JARM
}

// forWhom is the end of a hint: why no other audience than the client is compared.
func (o *verifyOptions) forWhom(kind oidc.Kind) string {
	if o.clientID == "" || !forClient(kind) {
		return ""
	}
	return "; such a token is for the client that --client-id names"
}
