package cmd

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// clientMetadataOptions say what a client is (RFC 7591 §2).
type clientMetadataOptions struct {
	name, authMethod, applicationType               string
	redirectURIs, grantTypes, responseTypes, scopes []string
	jwks, jwksURI                                   string
	key                                             clientKeyOptions // its public part is named
	metadata                                        string
}

func (o *clientMetadataOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.name, "name", "", "the client's `NAME`, as people are shown it")
	listVar(f, &o.redirectURIs, "redirect-uri", "a redirect `URI` of the client; repeatable. Port 0 on loopback stands for any port")
	listVar(f, &o.grantTypes, "grant-type", "a `GRANT` that the client may use (default authorization_code); repeatable")
	listVar(f, &o.responseTypes, "response-type", "a response `TYPE` that the client may use (default code); repeatable")
	f.StringVar(&o.authMethod, "auth-method", "", "the `METHOD` by which the client will authenticate (default: the provider's; with a key private_key_jwt)")
	listVarP(f, &o.scopes, "scope", "s", "a `SCOPE` that the client may ask for, or several with spaces; repeatable")
	f.StringVar(&o.applicationType, "application-type", "", "the `KIND` of client: web or native (OpenID Connect Registration §2)")
	f.StringVar(&o.jwks, "jwks", "", "the client's keys in `FILE` (JWK, key set or PEM): their public parts are named")
	f.StringVar(&o.jwksURI, "jwks-uri", "", "the `URL` where the client publishes its keys")
	f.StringVar(&o.key.file, "client-key", "", "the client's private key in `FILE` (JWK or PEM): its public part is named")
	f.StringVar(&o.key.passwordFile, "client-key-password-file", "", "the password of an encrypted client key, in `FILE`")
	f.StringVar(&o.key.id, "client-key-id", "", "the `KID` to name the client key by (default: the JWK's, else its thumbprint)")
	f.StringVar(&o.metadata, "metadata", "", "any other members: `JSON`, or @FILE")
}

// read collects the metadata. One member is said in one way.
func (o *clientMetadataOptions) read(app *App, counts func(Source) bool) (oauth.ClientMetadata, error) {
	m, err := o.members(app, counts)
	if err != nil {
		return m, err
	}
	for _, uri := range o.redirectURIs {
		if _, err := grant.RedirectURI(uri); err != nil && counts(app.sources["redirect-uri"]) {
			return m, err
		}
	}
	for _, row := range []struct {
		flag, member string
		value        any
	}{
		{"name", "client_name", o.name},
		{"redirect-uri", "redirect_uris", registrable(o.redirectURIs)},
		{"grant-type", "grant_types", splitWords(o.grantTypes)},
		{"response-type", "response_types", o.responseTypes},
		{"auth-method", "token_endpoint_auth_method", o.authMethod},
		{"scope", "scope", strings.Join(splitWords(o.scopes), " ")},
		{"application-type", "application_type", o.applicationType},
		{"jwks-uri", "jwks_uri", o.jwksURI},
	} {
		if !counts(app.sources[row.flag]) {
			continue
		}
		if m.Has(row.member) {
			return m, problem.Usagef("usage.client_metadata", "--%s and --metadata both give %s", row.flag, row.member)
		}
		if err := m.Set(row.member, row.value); err != nil {
			return m, err
		}
	}
	if err := o.keys(app, counts, &m); err != nil {
		return m, err
	}
	return m, m.Check()
}

// members reads --metadata.
func (o *clientMetadataOptions) members(app *App, counts func(Source) bool) (oauth.ClientMetadata, error) {
	if o.metadata == "" || !counts(app.sources["metadata"]) {
		return oauth.ClientMetadata{}, nil
	}
	data, err := app.inline(o.metadata)
	if err != nil {
		return oauth.ClientMetadata{}, err
	}
	m, err := oauth.ParseClientMetadata(data)
	if err == nil && m.Has("client_secret") {
		err = problem.Usagef("usage.client_metadata", "--metadata gives a client_secret, and the provider alone makes one").
			WithHint("leave it out")
	}
	return m, err
}

// keys names the client's public keys: those of --jwks, else that of --client-key, with which the client then
// authenticates unless something else was said.
func (o *clientMetadataOptions) keys(app *App, counts func(Source) bool, m *oauth.ClientMetadata) error {
	if err := o.idleKey(app, counts, m); err != nil {
		return err
	}
	var keys []*jose.Key
	var err error
	switch {
	case o.jwks != "" && counts(app.sources["jwks"]):
		keys, err = o.keyFile(app)
	case o.key.file != "" && counts(app.sources["client-key"]) && !m.Has("jwks_uri") && !m.Has("jwks"):
		if keys, err = o.clientKey(app); err == nil && !m.Has("token_endpoint_auth_method") {
			err = m.Set("token_endpoint_auth_method", oauth.AuthPrivateKeyJWT)
		}
	default:
		return nil
	}
	if err != nil {
		return err
	}
	if m.Has("jwks") {
		return problem.Usagef("usage.client_metadata", "--jwks and --metadata both give jwks")
	}
	for _, key := range keys {
		if key.Use == "" {
			key.Use = "sig"
		}
	}
	return m.Set("jwks", map[string]any{"keys": keys})
}

// idleKey refuses what was typed about the client's key where other keys are named, or none is there.
func (o *clientMetadataOptions) idleKey(app *App, counts func(Source) bool, m *oauth.ClientMetadata) error {
	about := []string{"client-key", "client-key-id", "client-key-password-file"}
	switch {
	case counts(app.sources["jwks"]):
		return app.idle("beside --jwks, which names the keys", "leave one of them out", about...)
	case m.Has("jwks_uri"):
		return app.idle("beside the jwks_uri, where the keys are published", "leave one of them out: a client names its keys in one way (RFC 7591 §2)", about...)
	case m.Has("jwks"):
		return app.idle("beside the jwks of --metadata", "leave one of them out", about...)
	case !counts(app.sources["client-key"]):
		return app.idle("without a key", "--client-key FILE", about...)
	}
	return nil
}

// keyFile reads --jwks.
func (o *clientMetadataOptions) keyFile(app *App) ([]*jose.Key, error) {
	data, err := app.readInput(o.jwks)
	if err != nil {
		return nil, err
	}
	set, err := jose.ParseKeyFile(data, secret.Secret{})
	if err != nil {
		return nil, fmt.Errorf("reading the keys of %s: %w", inputName(o.jwks), err)
	}
	return set.Keys, nil
}

// clientKey is the public part of --client-key.
func (o *clientMetadataOptions) clientKey(app *App) ([]*jose.Key, error) {
	private, err := o.key.read(app)
	if err != nil {
		return nil, err
	}
	if private, err = private.WithKeyID(o.key.id); err != nil {
		return nil, err
	}
	public, err := private.PublicJWK()
	return []*jose.Key{public}, err
}

// registrable puts a redirect URI of a login into the form that is registered: a loopback address whose port is free has
// none there (RFC 8252 §7.3).
func registrable(uris []string) []string {
	out := make([]string, 0, len(uris))
	for _, uri := range uris {
		if u, err := url.Parse(uri); err == nil && u.Port() == "0" && wire.IsLoopback(u.Hostname()) {
			uri = strings.Replace(uri, u.Host, strings.TrimSuffix(u.Host, ":0"), 1)
		}
		out = append(out, uri)
	}
	return out
}

// completeMetadata sees to it that grants, response types and redirect URIs go together: a client that sends nobody to
// the authorization endpoint has no response type, and every other needs a place to come back to (RFC 7591 §2, §2.1).
func completeMetadata(m *oauth.ClientMetadata) error {
	visits := !m.Has("grant_types") || slices.ContainsFunc(m.Strings("grant_types"), func(grant string) bool {
		return grant == "authorization_code" || grant == "implicit"
	})
	switch {
	case visits && len(m.Strings("redirect_uris")) == 0:
		return problem.Usagef("usage.required", "no redirect URI was given, and the authorization code grant needs one").
			WithHint("--redirect-uri http://127.0.0.1/callback for logins on this machine, or --grant-type client_credentials for none")
	case !visits && !m.Has("response_types"):
		return m.Set("response_types", []string{})
	}
	return nil
}
