package op

import (
	"slices"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// persona is a system that the provider can play: its paths, features, refusals, tokens and oddities.
type persona struct {
	name   string
	config func() Config
}

// personas lists them, by name.
func personas() []persona {
	return []persona{
		{"activeplatform", activePlatform},
		{"cidaas", cidaas},
		{"fapi2", fapi2},
		{"fapi2-message-signing", fapi2Signing},
		{"limosa", limosa},
		{"traffitech", traffiTech},
	}
}

// Personas returns the names of the systems that the provider can play.
func Personas() []string {
	var names []string
	for _, p := range personas() {
		names = append(names, p.name)
	}
	return names
}

// Persona returns the configuration of a system that the provider can play.
func Persona(name string) (Config, error) {
	all := personas()
	if i := slices.IndexFunc(all, func(p persona) bool { return p.name == name }); i >= 0 {
		return all[i].config(), nil
	}
	err := problem.Usagef("serve.persona", "there is no persona %q", text.Escape(name))
	if near := text.Suggest(name, Personas()); near != "" {
		return Config{}, err.WithHint("did you mean %s?", near)
	}
	return Config{}, err.WithHint("there are: %s", joined(Personas()))
}

// people keeps of a configuration only who can sign in.
func people(c Config) Config { return Config{Users: c.Users} }

// quirk is an oddity of a persona, which acts as a fault does.
func quirk(name string, at *point) Fault { return Fault{row: row{Name: name, point: at}} }

// rs256Alone is a system that signs with one RSA key.
func rs256Alone() Fault {
	return quirk("rs256-alone", &point{
		metadata: func(_ *exchange, doc *document) {
			doc.set("id_token_signing_alg_values_supported", []string{"RS256"})
			doc.set("userinfo_signing_alg_values_supported", []string{"RS256"})
		},
		keys: func(_ *exchange, set *[]document) {
			*set = slices.DeleteFunc(*set, func(key document) bool { return key.text("kty") != "RSA" })
		},
	})
}

// certificatesByCA takes self-signed certificates out of the metadata, for a system that knows those of a CA alone.
func certificatesByCA(_ *exchange, doc *document) {
	for _, endpoint := range []string{atToken, atIntrospection, atRevocation} {
		name := endpoint + "_endpoint_auth_methods_supported"
		if methods, ok := doc.get(name).([]string); ok {
			doc.set(name, slices.DeleteFunc(slices.Clone(methods), func(method string) bool { return method == authSelfSigned }))
		}
	}
}

// withoutIss takes iss out of authorization responses, for a system from before RFC 9207.
func withoutIss(_ *exchange, response *document) { response.remove("iss") }

func withoutIssMember(_ *exchange, doc *document) {
	doc.remove("authorization_response_iss_parameter_supported")
}
