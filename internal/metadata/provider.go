package metadata

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// Provider is what a flow knows of the provider: its document, and the endpoints that a user set over it.
type Provider struct {
	Issuer    string    // empty where nothing was discovered
	Document  *Document // nil where nothing was discovered
	Alone     bool      // the metadata alone count: what they lack is not to be named by hand
	endpoints map[string]string
	overrides map[string]string
	plain     wire.PlainHTTP
}

// NewProvider checks every endpoint of the document (which may be nil) and of the overrides, by the names of
// EndpointNames. The error is a *problem.Error: "metadata.endpoint_url", "wire.http", or "usage.endpoint" (RFC 8414 §2).
func NewProvider(doc *Document, overrides map[string]string, plain wire.PlainHTTP) (*Provider, error) {
	p := &Provider{Document: doc, endpoints: make(map[string]string), overrides: overrides, plain: plain}
	if doc != nil {
		p.Issuer = doc.Issuer
	}
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		e, known := endpointNamed(name)
		if !known {
			return nil, unknownEndpoint(name)
		}
		if err := checkOverride(e, overrides[name], plain); err != nil {
			return nil, err
		}
		p.endpoints[name] = overrides[name]
	}
	if doc == nil {
		return p, nil
	}
	for _, e := range endpoints() {
		if _, set := overrides[e.name]; set {
			continue
		}
		address, err := doc.endpoint(e, plain)
		if err != nil {
			return nil, err
		}
		if address != "" {
			p.endpoints[e.name] = address
		}
	}
	return p, nil
}

// Elsewhere returns the hosts of endpoints that the document alone names, and that are not its issuer's, with what to say
// of each where it cannot be reached.
func (p *Provider) Elsewhere() map[string]string {
	if p.Document == nil {
		return nil
	}
	hosts := make(map[string][]string)
	for _, e := range endpoints() {
		u, err := url.Parse(p.Document.Text(e.member))
		if _, set := p.overrides[e.name]; err == nil && !set && u.Host != "" && u.Host != host(p.Document.Issuer) {
			hosts[u.Host] = append(hosts[u.Host], e.member)
		}
	}
	said := make(map[string]string, len(hosts))
	for name, members := range hosts {
		said[name] = "the provider's metadata names this host, as " + strings.Join(members, ", ") +
			"; where only its own network knows it, the provider needs " + frontEnd
	}
	return said
}

// host returns the host and port of an address; empty where it has none.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// Skew returns how far the provider's clock is ahead of this machine's, by the Date of its document; zero where none came.
func (p *Provider) Skew() time.Duration {
	if p.Document == nil {
		return 0
	}
	return p.Document.Skew
}

// WithMTLS returns the provider as a client with a certificate sees it: the endpoints of mtls_endpoint_aliases take the
// place of the document's own, but not of a user's (RFC 8705 §5).
func (p *Provider) WithMTLS() (*Provider, error) {
	if p.Document == nil {
		return p, nil
	}
	aliases, ok, err := p.Document.Object.Object("mtls_endpoint_aliases")
	if err != nil {
		return nil, &problem.Error{
			Kind: problem.Verification, Code: "metadata.endpoint_url", Spec: "RFC 8705 §5",
			Message: "mtls_endpoint_aliases is not an object of addresses",
		}
	}
	if !ok {
		return p, nil
	}
	c := *p
	c.endpoints = maps.Clone(p.endpoints)
	of := &Document{Object: aliases, Issuer: p.Document.Issuer}
	for _, e := range endpoints() {
		address, err := of.endpoint(e, p.plain)
		if err != nil {
			return nil, err
		}
		if _, set := p.overrides[e.name]; !set && address != "" {
			c.endpoints[e.name] = address
		}
	}
	return &c, nil
}

// Endpoint returns an endpoint's address by the name that --endpoint takes. The error is a *problem.Error:
// "metadata.endpoint" where the provider has none, "usage.endpoint" where none was asked, saying what needs it.
func (p *Provider) Endpoint(name string) (string, error) {
	e, known := endpointNamed(name)
	if !known {
		return "", unknownEndpoint(name)
	}
	if address, ok := p.endpoints[name]; ok {
		return address, nil
	}
	hint := "give it: --endpoint " + name + "=URL"
	if p.Document == nil { // nobody was asked: a flag is missing
		return "", problem.Usagef("usage.endpoint", "no %s endpoint is known, and %s", name, e.needs).WithHint("%s, or --issuer URL to discover it", hint)
	}
	switch {
	case p.Alone && e.without == "":
		hint = "have the provider publish it: an address that is given by hand does not count here"
	case p.Alone:
		hint = e.without
	case e.without != "":
		hint = e.without + "; where the provider has one all the same: --endpoint " + name + "=URL"
	}
	return "", &problem.Error{
		Kind: problem.Verification, Code: "metadata.endpoint", Spec: "RFC 8414 §2", Hint: hint,
		Message: "the provider's metadata has no " + e.member + ", and " + e.needs,
	}
}

// Has says whether an endpoint is known.
func (p *Provider) Has(name string) bool { _, ok := p.endpoints[name]; return ok }

// List returns a list of the document; nil without document or member.
func (p *Provider) List(member string) []string {
	if p.Document == nil {
		return nil
	}
	return p.Document.List(member)
}

// AuthMethods returns the client authentication methods listed for an endpoint ("token", "revocation",
// "introspection", …). Where an endpoint has no list of its own the token endpoint's counts; nil means that nothing is
// listed, and then the standard's default is client_secret_basic (RFC 8414 §2).
func (p *Provider) AuthMethods(name string) []string {
	if e, ok := endpointNamed(name); ok && p.Document != nil && p.Document.Has(e.member+"_auth_methods_supported") {
		return p.List(e.member + "_auth_methods_supported")
	}
	return p.List("token_endpoint_auth_methods_supported")
}

// Algs returns the algorithms that a member lists, without "none" (RFC 8725 §3.2).
func (p *Provider) Algs(member string) []string {
	return slices.DeleteFunc(p.List(member), func(alg string) bool { return strings.EqualFold(alg, "none") })
}

// ResponseIssRequired says whether authorization responses must carry iss (RFC 9207 §3).
func (p *Provider) ResponseIssRequired() bool {
	return p.Document != nil && p.Document.True("authorization_response_iss_parameter_supported")
}

// PARRequired says whether the provider takes pushed authorization requests only (RFC 9126 §5).
func (p *Provider) PARRequired() bool {
	return p.Document != nil && p.Document.True("require_pushed_authorization_requests")
}

// SignedRequestRequired says whether the provider takes signed authorization requests only (RFC 9101 §10.5).
func (p *Provider) SignedRequestRequired() bool {
	return p.Document != nil && p.Document.True("require_signed_request_object")
}

// Denies says whether a member says in so many words that something is not supported.
func (p *Provider) Denies(member string) bool {
	if p.Document == nil {
		return false
	}
	value, ok, err := p.Document.Bool(member)
	return ok && err == nil && !value
}

// Scopes returns the scopes listed.
func (p *Provider) Scopes() []string { return p.List("scopes_supported") }

// OpenID says whether the provider's metadata is OpenID Connect's.
func (p *Provider) OpenID() bool { return p.Document != nil && p.Document.OpenID() }

func unknownEndpoint(name string) *problem.Error {
	p := problem.Usagef("usage.endpoint", "there is no endpoint %s", text.Escape(name))
	p.Hint = "the endpoints are " + strings.Join(EndpointNames(), ", ")
	if near := text.Suggest(name, EndpointNames()); near != "" {
		p.Hint = "did you mean " + near + "?"
	}
	return p
}
