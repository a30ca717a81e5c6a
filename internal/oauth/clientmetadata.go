package oauth

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
)

// ClientMetadata is what a client says of itself when it is registered: members in their order (RFC 7591 §2).
type ClientMetadata struct{ members []strictjson.Member }

// ParseClientMetadata reads metadata that a user wrote.
func ParseClientMetadata(data []byte) (ClientMetadata, error) {
	object, err := strictjson.Parse(bytes.TrimSpace(data))
	if err != nil {
		return ClientMetadata{}, problem.Usagef("usage.client_metadata", "the client metadata cannot be read: %s", text.Escape(err.Error())).
			WithHint(`one JSON object is wanted, such as {"client_name":"Example"}`)
	}
	return ClientMetadata{slices.Clone(object.Members())}, nil
}

// Set gives a member its value; one that is there already keeps its place.
func (m *ClientMetadata) Set(name string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return &problem.Error{Kind: problem.Internal, Code: "internal", Message: "the member " + name + " cannot be encoded", Cause: err}
	}
	m.set(strictjson.Member{Name: name, Value: raw})
	return nil
}

func (m *ClientMetadata) set(member strictjson.Member) {
	i := m.index(member.Name)
	if i < 0 {
		m.members = append(m.members, member)
		return
	}
	m.members[i] = member
}

func (m ClientMetadata) index(name string) int {
	return slices.IndexFunc(m.members, func(member strictjson.Member) bool { return member.Name == name })
}

// Has says whether a member is there.
func (m ClientMetadata) Has(name string) bool { return m.index(name) >= 0 }

// Names returns the names of the members.
func (m ClientMetadata) Names() []string {
	out := make([]string, 0, len(m.members))
	for _, member := range m.members {
		out = append(out, member.Name)
	}
	return out
}

// With returns the metadata with changes made to it; a change to null removes the member.
func (m ClientMetadata) With(changes ClientMetadata) ClientMetadata {
	out := ClientMetadata{slices.Clone(m.members)}
	for _, change := range changes.members {
		if change.Value.Kind() == 'n' {
			out.members = slices.DeleteFunc(out.members, func(member strictjson.Member) bool { return member.Name == change.Name })
			continue
		}
		out.set(change)
	}
	return out
}

// JSON returns the metadata as one object.
func (m ClientMetadata) JSON() []byte {
	out := []byte{'{'}
	for i, member := range m.members {
		if i > 0 {
			out = append(out, ',')
		}
		out, _ = jsontext.AppendQuote(out, member.Name)
		out = append(append(out, ':'), member.Value...)
	}
	return append(out, '}')
}

// object returns the metadata as what is parsed.
func (m ClientMetadata) object() strictjson.Object {
	object, _ := strictjson.Parse(m.JSON()) // it is made of members that were parsed
	return object
}

// Check refuses what no provider may accept, before anything is sent (RFC 7591 §2, RFC 6749 §3.1.2).
func (m ClientMetadata) Check() error {
	o := m.object()
	if o.Has("jwks") && o.Has("jwks_uri") {
		return problem.Usagef("usage.client_metadata", "jwks and jwks_uri exclude each other (RFC 7591 §2)").WithHint("give one of them")
	}
	if flaw := keysFlaw(o); flaw != "" {
		return problem.Usagef("usage.client_metadata", "the jwks of the client %s", flaw).
			WithHint("the provider must know public keys alone: oauthctl key public FILE")
	}
	uris, err := o.Strings("redirect_uris")
	if err != nil {
		return problem.Usagef("usage.client_metadata", "redirect_uris is no list of strings")
	}
	for _, uri := range uris {
		if flaw := redirectFlaw(uri); flaw != "" {
			return problem.Usagef("usage.redirect_uri", "the redirect URI %s %s", text.Escape(uri), flaw).
				WithHint("an absolute URI without fragment is wanted, such as https://app.example.com/callback or http://127.0.0.1/callback")
		}
	}
	return nil
}

// redirectFlaw says why a URI is none to register; empty where it is one (RFC 6749 §3.1.2, RFC 8252 §7.1, §8.3).
func redirectFlaw(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil || firstOutside(uri, 0x21, 0x7e) >= 0:
		return "is no URI"
	case u.Scheme == "":
		return "is not absolute"
	case strings.Contains(uri, "#"):
		return "has a fragment"
	case u.User != nil:
		return "has a user name before its host"
	case slices.Contains([]string{"javascript", "data", "vbscript", "about", "blob", "file"}, u.Scheme):
		return "has a scheme that runs or reads something in the browser"
	case (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() == "":
		return "names no host"
	}
	return ""
}

// privateMembers are the parts of a JWK that nobody but its owner may know (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// keysFlaw says what is wrong with the keys of a client; empty where there are none, or good ones (RFC 7517 §5).
func keysFlaw(o strictjson.Object) string {
	jwks, given, err := o.Object("jwks")
	if !given {
		return ""
	}
	list, ok := jwks.Value("keys")
	if err != nil || !ok || list.Kind() != '[' {
		return "is no key set"
	}
	elements, err := strictjson.Elements(list)
	if err != nil || len(elements) == 0 {
		return "holds no key"
	}
	for _, element := range elements {
		key, err := strictjson.Parse(element)
		if err != nil {
			return "holds something that is no key"
		}
		kind, _ := key.String("kty")
		switch {
		case kind == "":
			return "holds a key without kty"
		case kind == "oct":
			return "holds a symmetric key"
		case slices.ContainsFunc(privateMembers, key.Has):
			return "holds a private key"
		}
	}
	return ""
}

// sameMember says whether two values of a member mean the same: the order of a list, and of the words of a scope, means
// nothing (RFC 7591 §2).
func sameMember(name string, a, b jsontext.Value) bool {
	return slices.Equal(parts(name, a), parts(name, b))
}

// parts are the things that a value names, each in one spelling (RFC 8785), sorted where their order means nothing.
func parts(name string, value jsontext.Value) []string {
	if name == "scope" && value.Kind() == '"' {
		words := strings.Fields(plain(value))
		slices.Sort(words)
		return words
	}
	if value.Kind() != '[' {
		return []string{strictjson.Canonical(value)}
	}
	elements, _ := strictjson.Elements(value)
	out := make([]string, 0, len(elements))
	for _, element := range elements {
		out = append(out, strictjson.Canonical(element))
	}
	slices.Sort(out)
	return out
}

// Strings returns a member that is a list of strings; nil for anything else.
func (m ClientMetadata) Strings(name string) []string {
	list, err := m.object().Strings(name)
	if err != nil {
		return nil
	}
	return list
}

// Text returns a member that is a string; empty for anything else.
func (m ClientMetadata) Text(name string) string {
	s, err := m.object().String(name)
	if err != nil {
		return ""
	}
	return s
}
