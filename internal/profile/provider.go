package profile

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/profiles"
)

// Provider is a built-in provider: what is the same for everybody who talks to it.
type Provider struct {
	Name          string     `json:"name"`
	Title         string     `json:"title"`
	Issuer        string     `json:"issuer"` // with {variables}
	MetadataURL   string     `json:"metadata_url,omitempty"`
	Variables     []Variable `json:"variables"`
	Endpoints     []string   `json:"endpoint,omitempty"` // name=URL, where discovery is not complete
	Scopes        []string   `json:"scope"`              // asked for where a person signs in and none is named
	AuthMethod    string     `json:"auth_method,omitempty"`
	Grants        []string   `json:"grants"`
	AuthMethods   []string   `json:"auth_methods"`
	RedirectURIs  []string   `json:"redirect_uris"`
	Params        []string   `json:"param,omitempty"` // key=value, as the flags of these names
	AuthParams    []string   `json:"auth_param,omitempty"`
	TokenParams   []string   `json:"token_param,omitempty"`
	Notes         []string   `json:"notes"`
	Documentation []string   `json:"documentation"`
}

// Variable is a part of a built-in provider's addresses that differs from one customer to the next.
type Variable struct {
	Name    string   `json:"name"`
	Meaning string   `json:"meaning"`
	Example string   `json:"example"`
	Default *string  `json:"default,omitempty"` // nil: it must be given
	Values  []string `json:"values,omitempty"`  // all that it may be; none: any name
}

// ProviderNames returns the names of the built-in providers, sorted.
func ProviderNames() []string { return profiles.Names() }

// LoadProvider returns the built-in provider of that name.
func LoadProvider(name string) (*Provider, error) {
	data, path := profiles.Read(name)
	if data == nil {
		e := problem.Usagef("provider.not_found", "no built-in provider %s", quote(name))
		if near := text.Suggest(strings.ToLower(name), profiles.Names()); near != "" {
			return nil, e.WithHint("did you mean %s?", quote(near))
		}
		return nil, e.WithHint("oauthctl profile providers lists them; any other is named by --issuer URL")
	}
	return decodeProvider(data, path, name)
}

func decodeProvider(data []byte, path, name string) (*Provider, error) {
	root, err := ParseYAML(data, path, "provider", "provider "+quote(name))
	if err != nil {
		return nil, err
	}
	p := &Provider{Name: name, Variables: []Variable{}}
	texts := func(into *[]string) func(*Node) error {
		return func(n *Node) error { return n.Texts(into) }
	}
	pairs := func(into *[]string) func(*Node) error {
		return func(n *Node) error { return n.Pairs(into) }
	}
	err = root.Fields(Fields{
		"title":         func(n *Node) error { return n.Text(&p.Title) },
		"issuer":        func(n *Node) error { return p.address(n, &p.Issuer) },
		"metadata_url":  func(n *Node) error { return p.address(n, &p.MetadataURL) },
		"variables":     p.variables,
		"endpoint":      pairs(&p.Endpoints),
		"scope":         texts(&p.Scopes),
		"auth_method":   func(n *Node) error { return n.Text(&p.AuthMethod) },
		"grants":        texts(&p.Grants),
		"auth_methods":  texts(&p.AuthMethods),
		"redirect_uris": texts(&p.RedirectURIs),
		"param":         pairs(&p.Params),
		"auth_param":    pairs(&p.AuthParams),
		"token_param":   pairs(&p.TokenParams),
		"notes":         texts(&p.Notes),
		"documentation": texts(&p.Documentation),
	})
	if err == nil {
		err = p.complete(root)
	}
	return p, err
}

// address reads a URL that may hold variables behind its scheme.
func (p *Provider) address(n *Node, into *string) error {
	if err := n.Text(into); err != nil {
		return err
	}
	if !strings.HasPrefix(*into, "https://") {
		return n.Fault("an https URL is wanted")
	}
	return nil
}

func (p *Provider) variables(n *Node) error {
	return n.Each(func(name string, value *Node) error {
		v := Variable{Name: name}
		err := value.Fields(Fields{
			"meaning": func(n *Node) error { return n.Text(&v.Meaning) },
			"example": func(n *Node) error { return n.Text(&v.Example) },
			"default": func(n *Node) error { v.Default = new(string); return n.Text(v.Default) },
			"values":  func(n *Node) error { return n.Texts(&v.Values) },
		})
		if err == nil && (v.Meaning == "" || v.Example == "") {
			err = value.Fault("meaning and example are wanted")
		}
		p.Variables = append(p.Variables, v)
		return err
	})
}

// complete checks what no single key shows: something names the provider, and variables are declared and used.
func (p *Provider) complete(root *Node) error {
	if p.Title == "" || p.Issuer == "" && p.MetadataURL == "" && len(p.Endpoints) == 0 {
		return root.Fault("title, and one of issuer, metadata_url and endpoint, are wanted")
	}
	used := make(map[string]bool)
	for _, template := range p.templates() {
		for _, name := range names(template) {
			used[name] = true
			if p.variable(name) == nil {
				return root.Fault("%s has a variable that is not declared: %s", template, name)
			}
		}
	}
	for _, v := range p.Variables {
		if !used[v.Name] {
			return root.Fault("the variable %s is used nowhere", v.Name)
		}
	}
	return nil
}

// templates are the addresses, in which variables may stand.
func (p *Provider) templates() []string {
	return append([]string{p.Issuer, p.MetadataURL}, p.Endpoints...)
}

func (p *Provider) variable(name string) *Variable {
	i := slices.IndexFunc(p.Variables, func(v Variable) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Variables[i]
}

// Defaults returns what the provider gives to flags whatever its address is, by the key of a profile.
func (p *Provider) Defaults() map[string][]string {
	out := map[string][]string{
		"scope": p.Scopes, "param": p.Params, "auth_param": p.AuthParams, "token_param": p.TokenParams,
	}
	if p.AuthMethod != "" {
		out["auth_method"] = []string{p.AuthMethod}
	}
	maps.DeleteFunc(out, func(_ string, values []string) bool { return len(values) == 0 })
	return out
}

// Address returns where the provider is, by the key of a profile. Each variable without a default must be given.
func (p *Provider) Address(vars map[string]string) (map[string][]string, error) {
	values := make(map[string]string, len(p.Variables))
	for _, v := range p.Variables {
		value, given := vars[v.Name]
		switch {
		case given:
			if err := v.check(value, p.partOf(v.Name)); err != nil {
				return nil, err
			}
		case v.Default != nil:
			value = *v.Default
		default:
			return nil, problem.Usagef("provider.variable", "provider %s needs the variable %s: %s", p.Name, v.Name, v.Meaning).
				WithHint("%s, or --issuer URL instead of all variables", p.missing(vars))
		}
		values[v.Name] = value
	}
	out := make(map[string][]string)
	if p.Issuer != "" {
		out["issuer"] = []string{fillIn(p.Issuer, values)}
	}
	if p.MetadataURL != "" {
		out["metadata_url"] = []string{fillIn(p.MetadataURL, values)}
	}
	for _, endpoint := range p.Endpoints {
		out["endpoint"] = append(out["endpoint"], fillIn(endpoint, values))
	}
	return out, nil
}

// missing spells an example for each variable that must be given and was not.
func (p *Provider) missing(vars map[string]string) string {
	var out []string
	for _, v := range p.Variables {
		if _, given := vars[v.Name]; !given && v.Default == nil {
			out = append(out, "--var "+v.Name+"="+v.Example)
		}
	}
	return strings.Join(out, " ")
}

// CheckVars refuses variables that the provider does not have.
func (p *Provider) CheckVars(vars map[string]string) error {
	known := make([]string, 0, len(p.Variables))
	for _, v := range p.Variables {
		known = append(known, v.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if slices.Contains(known, name) {
			continue
		}
		e := problem.Usagef("provider.variable", "provider %s has no variable %s", p.Name, quote(name))
		if near := text.Suggest(name, known); near != "" {
			return e.WithHint("did you mean %s?", near)
		}
		if len(known) == 0 {
			return e.WithHint("it has none: leave --var out")
		}
		return e.WithHint("it has: %s", strings.Join(known, ", "))
	}
	return nil
}

// part is what a variable stands in.
type part int

const (
	inPath part = iota
	inHost
)

// partOf returns what a variable stands in; one that is in a host anywhere is a part of a host name everywhere.
func (p *Provider) partOf(name string) part {
	for _, template := range p.templates() {
		_, address, _ := strings.Cut(template, "://")
		host, _, _ := strings.Cut(address, "/")
		if strings.Contains(host, "{"+name+"}") {
			return inHost
		}
	}
	return inPath
}

// check refuses a value that would change the address around it, or that cannot stand in its place. One of a fixed list
// may hold anything.
func (v Variable) check(value string, at part) error {
	if len(v.Values) > 0 {
		if slices.Contains(v.Values, value) {
			return nil
		}
		shown := make([]string, 0, len(v.Values))
		for _, one := range v.Values {
			shown = append(shown, "--var "+v.Name+"="+one)
		}
		return problem.Usagef("provider.variable", "the variable %s cannot be %s", v.Name, quote(value)).
			WithHint("%s", strings.Join(shown, " or "))
	}
	if strings.ContainsAny(value, "/\\?#@%") || strings.ContainsFunc(value, foreign) || strings.Trim(value, ".") == "" ||
		at == inHost && strings.ContainsFunc(value, notOfHost) {
		return problem.Usagef("provider.variable", "the variable %s is %s, which is no plain name: %s", v.Name, quote(value), v.Meaning).
			WithHint("--var %s=%s", v.Name, v.Example)
	}
	return nil
}

// notOfHost says whether a rune is in no host name with its port. A name beyond ASCII is written in its ASCII form.
func notOfHost(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_' || r == ':')
}

// foreign says whether a rune is none of the printable characters of ASCII.
func foreign(r rune) bool { return r < ' ' || r > '~' }

// braces matches a variable in a template.
var braces = regexp.MustCompile(`\{([a-z_]+)\}`)

// names returns the variables of a template.
func names(template string) []string {
	var out []string
	for _, match := range braces.FindAllStringSubmatch(template, -1) {
		out = append(out, match[1])
	}
	return out
}

// fillIn puts values into a template; what has passed check needs escaping only for a space and the like.
func fillIn(template string, values map[string]string) string {
	return braces.ReplaceAllStringFunc(template, func(match string) string {
		value := values[strings.Trim(match, "{}")]
		if strings.Contains(value, "/") {
			return value // one of a fixed list
		}
		return url.PathEscape(value)
	})
}

// Example is a command that talks to the provider.
func (p *Provider) Example() string {
	command := fmt.Sprintf("oauthctl login --provider %s", p.Name)
	if vars := p.missing(nil); vars != "" {
		command += " " + vars
	}
	return command + " --client-id CLIENT"
}
