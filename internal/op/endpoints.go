package op

import (
	"maps"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// The endpoints, as configurations, events and faults name them.
const (
	atDiscovery     = "discovery"
	atKeys          = "jwks"
	atAuthorization = "authorization"
	atLogin         = "login"
	atConsent       = "consent"
	atToken         = "token"
	atUserInfo      = "userinfo"
	atPAR           = "par"
	atDevice        = "device"      // where devices ask for codes
	atDevicePage    = "device_page" // where people type them
	atBackchannel   = "backchannel" // where clients have people asked
	atCIBAPage      = "ciba_page"   // where the people answer
	atIntrospection = "introspection"
	atRevocation    = "revocation"
	atEndSession    = "end_session"
	atRegistration  = "registration"
	atClient        = "client"          // where one client is managed
	atDocument      = "client_document" // of an example client
	atAPI           = "api"             // a protected resource
	atStray         = "stray"           // where only a followed redirect leads, and every unknown path
)

// endpoint is one row of the table that everything about an endpoint comes from: its route, its name in the metadata
// and its faults' stray double.
type endpoint struct {
	name    string
	path    string // below the issuer, unless Config.Paths says otherwise
	member  string // of the metadata; empty for a page that nothing leads to but others
	feature Feature
	kind    endpointKind
	methods []string
	handle  func(*exchange) answer
}

// endpointKind says who calls an endpoint.
type endpointKind int

const (
	forBrowsers endpointKind = iota
	forScripts               // of any origin (CORS)
	forClients               // that authenticate, also by certificate; scripts may, too
)

// endpoints lists them, in the order of the metadata document.
func endpoints() []endpoint {
	get, post, both := []string{"GET"}, []string{"POST"}, []string{"GET", "POST"}
	return []endpoint{
		{atAuthorization, "/authorize", "authorization_endpoint", "", forBrowsers, both, (*exchange).authorize},
		{atToken, "/token", "token_endpoint", "", forClients, post, (*exchange).token},
		{atUserInfo, "/userinfo", "userinfo_endpoint", "", forScripts, both, (*exchange).userinfo},
		{atKeys, "/jwks", "jwks_uri", "", forScripts, get, (*exchange).jwks},
		{atDevice, "/device_authorization", "device_authorization_endpoint", FeatureDevice, forClients, post, (*exchange).deviceAuthorization},
		{atBackchannel, "/bc-authorize", "backchannel_authentication_endpoint", FeatureCIBA, forClients, post, (*exchange).backchannel},
		{atPAR, "/par", "pushed_authorization_request_endpoint", FeaturePAR, forClients, post, (*exchange).push},
		{atIntrospection, "/introspect", "introspection_endpoint", FeatureIntrospection, forClients, post, (*exchange).introspect},
		{atRevocation, "/revoke", "revocation_endpoint", FeatureRevocation, forClients, post, (*exchange).revoke},
		{atEndSession, "/logout", "end_session_endpoint", FeatureEndSession, forBrowsers, both, (*exchange).endSession},
		{atRegistration, "/register", "registration_endpoint", FeatureRegistration, forScripts, post, (*exchange).register},
		{atClient, "/register/client", "", FeatureRegistration, forScripts, []string{"GET", "PUT", "DELETE"}, (*exchange).clientConfiguration},
		{atDocument, "/client.json", "", FeatureClientDocuments, forScripts, get, (*exchange).clientDocument},
		{atAPI, "/api", "", FeatureAPI, forScripts, []string{"GET", "POST", "PUT", "PATCH", "DELETE"}, (*exchange).api},
		{atLogin, "/login", "", "", forBrowsers, both, (*exchange).login},
		{atConsent, "/consent", "", "", forBrowsers, both, (*exchange).consent},
		{atDevicePage, "/device", "", FeatureDevice, forBrowsers, both, (*exchange).devicePage},
		{atCIBAPage, "/ciba", "", FeatureCIBA, forBrowsers, both, (*exchange).cibaPage},
	}
}

// layPaths gives every endpoint its path: the configured one, else the table's.
func layPaths(configured map[string]string) (map[string]string, error) {
	paths := make(map[string]string)
	var names []string
	for _, e := range endpoints() {
		paths[e.name] = e.path
		names = append(names, e.name)
	}
	for _, name := range slices.Sorted(maps.Keys(configured)) {
		path := configured[name]
		if paths[name] == "" {
			err := problem.Usagef("serve.path", "there is no endpoint %q to give a path", text.Escape(name))
			if near := text.Suggest(name, names); near != "" {
				return nil, err.WithHint("did you mean %s?", near)
			}
			return nil, err.WithHint("there are: %s", joined(names))
		}
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#%\\ ") || dotted(path) || path == "/" ||
			strings.HasPrefix(path, strayPath) {
			return nil, problem.Usagef("serve.path", "the path %q of the %s endpoint must begin with a slash and hold no query, "+
				"fragment, escape or dot segment", text.Escape(path), name)
		}
		paths[name] = path
	}
	owner := make(map[string]string)
	for _, name := range names {
		if other := owner[paths[name]]; other != "" {
			return nil, problem.Usagef("serve.path", "the endpoints %s and %s have one path: %s", other, name, text.Escape(paths[name]))
		}
		owner[paths[name]] = name
	}
	return paths, nil
}

func joined(names []string) string { return strings.Join(names, " ") }

// endpoint returns the URL of an endpoint.
func (p *Provider) endpoint(name string) string { return p.below(p.paths[name]) }

// path returns the path of an endpoint on its host, for the forms of pages.
func (p *Provider) path(name string) string { return p.base + p.paths[name] }

// below returns the URL of a path below the issuer.
//
//go:noinline
func (p *Provider) below(path string) string { return strings.TrimSuffix(p.config.Issuer, "/") + path }

// table lists the routes. Below a path issuer the two well-known documents stand where RFC 8414 §3.1 and OpenID
// Connect Discovery §4 look for them.
func (p *Provider) table() map[string]route {
	discovery := route{atDiscovery, []string{"GET"}, true, (*exchange).discovery}
	stray := route{atStray, []string{"GET"}, false, (*exchange).discovery}
	routes := map[string]route{
		p.base + "/.well-known/openid-configuration":       discovery,
		"/.well-known/openid-configuration" + p.base:       discovery,
		"/.well-known/oauth-authorization-server" + p.base: discovery,
		p.base + strayPath + atDiscovery:                   stray,
		p.base + "/":                                       {"home", []string{"GET"}, false, (*exchange).home},
	}
	if slices.ContainsFunc(p.faults, func(f Fault) bool { return f.foreign != nil }) {
		routes[p.base+strayPath+atStray] = route{atStray, []string{"GET"}, false, (*exchange).strayMessage}
	}
	for _, e := range endpoints() {
		if !p.on(e.feature) {
			continue
		}
		routes[p.path(e.name)] = route{e.name, e.methods, e.kind != forBrowsers, e.handle}
		if e.kind == forBrowsers {
			continue
		}
		methods := e.methods
		if e.name != atKeys {
			methods = []string{"GET", "POST"} // a client that turns a POST into a GET is seen, too
		}
		routes[p.base+strayPath+e.name] = route{atStray, methods, false, e.handle}
	}
	return routes
}
