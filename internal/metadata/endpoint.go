package metadata

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// endpoint is an address that a flow calls: the name that --endpoint takes, the document's member, what needs it, and
// what is left to do without it.
type endpoint struct{ name, member, needs, without string }

// endpoints is the table of every endpoint a user can name, in the order of the contract.
func endpoints() []endpoint {
	return []endpoint{
		{"authorization", "authorization_endpoint", "logging in with a browser (authorization code, implicit) needs it", ""},
		{"token", "token_endpoint", "every grant but implicit needs it", ""},
		{"jwks", "jwks_uri", "verifying signatures needs it", ""},
		{"userinfo", "userinfo_endpoint", "userinfo needs it", "the ID token has claims too: oauthctl login -o claims"},
		{"introspection", "introspection_endpoint", "introspect needs it", "oauthctl jwt verify judges a token that is a JWT"},
		{"revocation", "revocation_endpoint", "revoke and logout need it", "tokens of this provider end by themselves, or in its console"},
		{"device", "device_authorization_endpoint", "the device grant needs it", "sign in with a browser: oauthctl login"},
		{"par", "pushed_authorization_request_endpoint", "pushed authorization requests (--par) need it", "leave --par out"},
		{"end_session", "end_session_endpoint", "ending the provider's session (logout) needs it", "sign out on a page of the provider; without --id-token-file tokens are revoked alone"},
		{"backchannel", "backchannel_authentication_endpoint", "CIBA needs it", "sign in on another device (oauthctl token device) or with a browser (oauthctl login)"},
		{"registration", "registration_endpoint", "client registration needs it", "register the client in the provider's console"},
	}
}

// EndpointNames returns the names that --endpoint takes.
func EndpointNames() []string {
	var names []string
	for _, e := range endpoints() {
		names = append(names, e.name)
	}
	return names
}

func endpointNamed(name string) (endpoint, bool) {
	all := endpoints()
	i := slices.IndexFunc(all, func(e endpoint) bool { return e.name == name })
	if i < 0 {
		return endpoint{}, false
	}
	return all[i], true
}

func checkOverride(e endpoint, address string, plain wire.PlainHTTP) error {
	f := inspect(address, plain, "")
	switch {
	case f.why == "":
		return nil
	case f.plainHTTP:
		_, err := wire.CheckURL(address, plain)
		return err
	}
	p := problem.Usagef("usage.endpoint", "--endpoint %s %s", e.name, f.why)
	p.Want, p.Got = goodEndpoint, text.Escape(address)
	p.Hint = "give a whole address: --endpoint " + e.name + "=https://…"
	return p
}

// endpoint returns a checked endpoint of the document; empty where it has none.
func (d *Document) endpoint(e endpoint, plain wire.PlainHTTP) (string, error) {
	value, ok := d.Value(e.member)
	if !ok || value.Kind() == 'n' {
		return "", nil
	}
	address, err := d.String(e.member)
	if err != nil {
		return "", badEndpoint(e, flaw{why: "is not a string"}, string(value))
	}
	if address == "" {
		return "", nil
	}
	if f := inspect(address, plain, d.Issuer); f.why != "" {
		return "", badEndpoint(e, f, address)
	}
	return address, nil
}

// flaw is what is wrong with an address; nothing where why is empty.
type flaw struct {
	why       string
	plainHTTP bool // and --allow-http would take it
}

// inspect finds the flaw of an endpoint's address. A document may send to this machine, or to the network where
// machines get their credentials, only where its issuer is there too.
func inspect(address string, plain wire.PlainHTTP, issuer string) flaw {
	u, err := url.Parse(address)
	switch {
	case err != nil || !spelled(address):
		return flaw{why: "is not a URL"}
	case u.Scheme == "":
		return flaw{why: "is not absolute"}
	case u.Scheme != "https" && u.Scheme != "http":
		return flaw{why: "is not an https URL"}
	case u.Hostname() == "" || u.Opaque != "":
		return flaw{why: "names no host"}
	case u.User != nil:
		return flaw{why: "has a user name before its host, which is " + text.Escape(u.Host)}
	case strings.Contains(address, "#"):
		return flaw{why: "has a fragment"}
	}
	foreign := issuer != "" && !local(issuer)
	open := u.Scheme == "http" && plain != wire.AllowHTTP
	switch {
	case open && !wire.IsLoopback(u.Hostname()):
		return flaw{why: "is plain http", plainHTTP: true}
	case open && foreign:
		return flaw{why: "is plain http on loopback, though the issuer is not there", plainHTTP: true}
	case foreign && linkLocal(u.Hostname()):
		return flaw{why: "is on the link-local network"}
	}
	return flaw{}
}

// spelled says whether an address has only characters that a URL may have, and whole escapes (RFC 3986 §2). Letters
// beyond ASCII pass: hosts are often written so.
func spelled(address string) bool {
	if strings.ContainsAny(address, " \"<>\\^`{|}") || text.Line(address) != address {
		return false
	}
	for rest := address; ; {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			return true
		}
		if len(rest) < i+3 || !hex(rest[i+1]) || !hex(rest[i+2]) {
			return false
		}
		rest = rest[i+3:]
	}
}

func hex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func local(issuer string) bool {
	u, err := url.Parse(issuer)
	return err == nil && (wire.IsLoopback(u.Hostname()) || linkLocal(u.Hostname()))
}

// linkLocal is where machines in a cloud get credentials from (RFC 3927, RFC 4291 §2.5.6).
func linkLocal(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLinkLocalUnicast()
}

const goodEndpoint = "an absolute https URL without user name and fragment"

func badEndpoint(e endpoint, f flaw, address string) *problem.Error {
	p := &problem.Error{
		Kind: problem.Verification, Code: "metadata.endpoint_url", Spec: "RFC 8414 §2",
		Message: "the metadata's " + e.member + " " + f.why, Want: goodEndpoint, Got: text.URL(address),
		Hint: "the provider must mend it; until then give the right one: --endpoint " + e.name + "=URL",
	}
	if f.plainHTTP {
		p.Hint = "the provider must publish https addresses (behind a proxy: its public URL setting); for a test network: --allow-http"
	}
	return p
}
