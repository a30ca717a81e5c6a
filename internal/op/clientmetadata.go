package op

import (
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// metadataReader makes a client of what one says of itself (RFC 7591 §2). The first thing that is wrong is kept.
type metadataReader struct {
	p          *Provider
	object     strictjson.Object
	client     *Client
	registered document // what is registered, defaults among it
	bad        *refusal
}

func (r *metadataReader) refuse(code, format string, args ...any) {
	if r.bad == nil {
		r.bad = refused(code, format, args...)
	}
}

const badMetadata = "invalid_client_metadata"

// text reads a member that is a string; another than one of the words is refused, where there are any.
func (r *metadataReader) text(name, fallback string, words []string) string {
	s, err := r.object.String(name)
	if err != nil {
		r.refuse(badMetadata, "%s is no string", name)
	}
	if s == "" {
		s = fallback
	}
	if words != nil && s != "" && !slices.Contains(words, s) {
		r.refuse(badMetadata, "%s is '%s'; one of these is wanted: %s", name, s, strings.Join(words, " "))
	}
	if s != "" {
		r.registered.add(name, s)
	}
	return s
}

// list reads a member that is a list of strings, each one of the words, where there are any.
func (r *metadataReader) list(name string, fallback, words []string) []string {
	list, err := r.object.Strings(name)
	if err != nil {
		r.refuse(badMetadata, "%s is no list of strings", name)
	}
	if list == nil {
		list = fallback
	}
	for _, s := range list {
		if words != nil && !slices.Contains(words, s) {
			r.refuse(badMetadata, "%s names '%s'; these are supported: %s", name, s, strings.Join(words, ", "))
		}
	}
	if list != nil {
		r.registered.add(name, list)
	}
	return list
}

// flag reads a member that is true or false.
func (r *metadataReader) flag(name string) bool {
	set, ok, err := r.object.Bool(name)
	if err != nil {
		r.refuse(badMetadata, "%s is neither true nor false", name)
	}
	if ok {
		r.registered.add(name, set)
	}
	return set
}

// alg reads a member that names an algorithm.
func (r *metadataReader) alg(name string) jose.Algorithm {
	return jose.Algorithm(r.text(name, "", keyAlgs))
}

// clientFrom makes a client of its metadata. Members that this provider does not know are ignored (RFC 7591 §2).
func (p *Provider) clientFrom(id string, object strictjson.Object, fallbackMethod string) (*Client, document, *refusal) {
	c := &Client{ID: id}
	r := &metadataReader{p: p, object: object, client: c}
	c.Name = r.text("client_name", "", nil)
	c.AuthMethod = r.text("token_endpoint_auth_method", fallbackMethod, append(p.authMethods(), authNone))
	r.grants()
	r.addresses()
	r.keys()
	c.Scopes = r.scopes()
	c.IDTokenAlg, c.AuthorizationAlg = r.alg("id_token_signed_response_alg"), r.alg("authorization_signed_response_alg")
	c.UserInfoAlg, c.IntrospectionAlg = r.alg("userinfo_signed_response_alg"), r.alg("introspection_signed_response_alg")
	c.signedBy(jose.RS256)
	c.RequestObjectAlg, c.RequireSignedRequest = r.alg("request_object_signing_alg"), r.flag("require_signed_request_object")
	for _, answer := range c.encryptions() {
		answer.field.Alg = r.text(answer.name+"_encrypted_response_alg", "", nil)
		answer.field.Enc = r.text(answer.name+"_encrypted_response_enc", "", nil)
	}
	c.DPoPBound, c.CertificateBound = r.flag("dpop_bound_access_tokens"), r.flag("tls_client_certificate_bound_access_tokens")
	c.TLSSubject = r.text("tls_client_auth_subject_dn", "", nil)
	r.text("application_type", "", []string{"web", "native"})
	for _, name := range []string{"client_uri", "logo_uri", "tos_uri", "policy_uri", "software_id", "software_version"} {
		r.text(name, "", nil)
	}
	r.list("contacts", nil, nil)
	r.statement()
	return c, r.registered, r.bad
}

// grants reads what the client may do. A grant that sends people to the authorization endpoint has its response types,
// and they have their grants (RFC 7591 §2.1).
func (r *metadataReader) grants() {
	r.client.GrantTypes = r.list("grant_types", []string{grantCode}, r.p.grantTypes())
	visits := slices.Contains(r.client.GrantTypes, grantCode)
	implicit := slices.Contains(r.client.GrantTypes, grantImplicit)
	fallback := []string{}
	if visits {
		fallback = []string{"code"}
	}
	types := r.list("response_types", fallback, r.p.responseTypes())
	for _, t := range types {
		words := strings.Fields(t)
		if slices.Contains(words, "code") && !visits {
			r.refuse(badMetadata, "response_types names '%s', and grant_types not %s", t, grantCode)
		}
		if (slices.Contains(words, "token") || slices.Contains(words, "id_token")) && !implicit {
			r.refuse(badMetadata, "response_types names '%s', and grant_types not %s", t, grantImplicit)
		}
	}
	if visits && len(types) == 0 {
		r.refuse(badMetadata, "grant_types names %s, and response_types nothing", grantCode)
	}
}

// addresses reads where people may be sent. What is registered is compared exactly: a pattern is for configuration.
func (r *metadataReader) addresses() {
	r.client.RedirectURIs = r.list("redirect_uris", nil, nil)
	r.client.PostLogoutRedirectURIs = r.list("post_logout_redirect_uris", nil, nil)
	if len(r.client.RedirectURIs) == 0 &&
		(slices.Contains(r.client.GrantTypes, grantCode) || slices.Contains(r.client.GrantTypes, grantImplicit)) {
		r.refuse("invalid_redirect_uri", "redirect_uris is missing, and the grants %s need one", strings.Join(r.client.GrantTypes, ", "))
	}
	for _, uri := range slices.Concat(r.client.RedirectURIs, r.client.PostLogoutRedirectURIs) {
		if wrong := wrongRedirect(uri); wrong != "" {
			r.refuse("invalid_redirect_uri", "the redirect URI '%s' %s", uri, wrong)
		}
	}
}

// wrongRedirect says why nobody may be sent to an address; empty where they may.
func wrongRedirect(uri string) string {
	u, err := parseAbsolute(uri)
	switch {
	case err != "":
		return err
	case strings.Contains(uri, "*"):
		return "is a pattern"
	case u.Scheme == "javascript" || u.Scheme == "data":
		return "is no place to go to"
	case u.Scheme == "http" && !anyPort(u) && u.Hostname() != "localhost":
		return "is http:// off loopback"
	}
	return ""
}

// keys reads the client's public keys.
func (r *metadataReader) keys() {
	if r.object.Has("jwks_uri") {
		r.refuse(badMetadata, "jwks_uri: this provider fetches no keys; send them as jwks")
	}
	jwks, given, err := r.object.Object("jwks")
	switch {
	case err != nil:
		r.refuse(badMetadata, "jwks is no key set")
	case !given && r.client.AuthMethod == authPrivateKey:
		r.refuse(badMetadata, "%s needs the client's keys: jwks is missing", authPrivateKey)
	case given:
		if strings.Contains(string(jwks.Raw()), `"d"`) {
			r.refuse(badMetadata, "jwks holds a private key")
		}
		r.client.Keys = string(jwks.Raw())
		r.registered.add("jwks", jwks)
	}
}

// scopes reads what the client may ask for: without a word about it everything.
func (r *metadataReader) scopes() []string {
	known := make([]string, 0, len(scopes))
	for _, s := range scopes {
		known = append(known, s.name)
	}
	asked := strings.Fields(r.text("scope", strings.Join(known, " "), nil))
	for _, s := range asked {
		if !slices.Contains(known, s) {
			r.refuse(badMetadata, "scope names '%s'; there are: %s", s, strings.Join(known, " "))
		}
	}
	return asked
}

// statement refuses a software statement: nobody's word is trusted here (RFC 7591 §3.2.2).
func (r *metadataReader) statement() {
	statement, err := r.object.String("software_statement")
	switch {
	case err != nil:
		r.refuse("invalid_software_statement", "software_statement is no string")
	case statement == "":
	default:
		if _, wrong := parseJWS(statement); wrong != "" {
			r.refuse("invalid_software_statement", "the software statement cannot be read: %s", wrong)
		}
		r.refuse("unapproved_software_statement", "this provider trusts nobody who signs software statements")
	}
}

// complete checks the client as one that is configured is checked, once it has its secret, and reads its keys.
func (c *Client) complete() (bad *refusal) {
	err := c.check()
	if err == nil {
		c.keys, err = c.readKeys()
	}
	if err != nil {
		return refused(badMetadata, "%s", problem.As(err).Message)
	}
	return nil
}
