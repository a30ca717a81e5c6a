package hint

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
)

// maxInput bounds what is looked at.
const maxInput = 64 << 10

// Explanation is one meaning of an error.
type Explanation struct {
	Code     string   `json:"code"`               // as the provider or the program spells it
	Provider string   `json:"provider,omitempty"` // whose meaning it is; empty for the specifications'
	Where    []string `json:"where,omitempty"`    // endpoints that answer it
	Cause    string   `json:"cause"`
	Fix      string   `json:"fix"`
}

// Subject is what was recognised in the input: the error, or the parameters of a callback that has none.
type Subject struct {
	Error       string   `json:"error,omitempty"`
	Description string   `json:"error_description,omitempty"` // the provider's own words: escape before printing
	Issuer      string   `json:"iss,omitempty"`
	Parameters  []string `json:"parameters,omitempty"` // names only: their values may be secrets
}

// Explain tells what an error code, an error message, a JSON error or a callback URL means. The issuer, where it is
// known, chooses the provider; else every provider's meaning is given. A callback without an error has no meaning to
// give, and is no failure.
func Explain(input, issuer string) (Subject, []Explanation, error) {
	input = strings.TrimSpace(input)
	if len(input) > maxInput {
		return Subject{}, nil, problem.Usagef("explain.size", "the input is longer than 64 KiB")
	}
	subject := recognise(input)
	if subject.Error == "" && len(subject.Parameters) > 0 {
		return subject, nil, nil
	}
	found := explain(subject, input, providerFor(subject, issuer))
	if len(found) == 0 {
		e := problem.Usagef("explain.unknown", "nothing is known of %s", shown(input))
		if near := text.Suggest(subject.Error, codes()); near != "" {
			return subject, nil, e.WithHint("did you mean %s?", near)
		}
		return subject, nil, e.WithHint("give an error code, a message, or the whole callback URL in quotes")
	}
	return subject, found, nil
}

// providerFor chooses whose rows come first.
func providerFor(s Subject, issuer string) string {
	for _, address := range []string{issuer, s.Issuer} {
		if p := (Context{Provider: address, Issuer: address}).provider(); p != "" {
			return p
		}
	}
	return ""
}

// explain collects the program's own finding, the rows of the provider and the shared ones; with no provider known
// also those of the others, which say whose they are.
func explain(s Subject, input, provider string) []Explanation {
	var out []Explanation
	for _, f := range findings {
		if f.code == input {
			out = append(out, Explanation{Code: f.code, Cause: f.cause, Fix: f.fix})
		}
	}
	words := s.Description
	if words == "" {
		words = input
	}
	of := func(provider string) symptom { return symptom{provider: provider, code: s.Error, text: words} }
	if strings.Contains(words, "AADSTS") {
		provider = "entra-id"
	}
	matches := find(of(provider))
	if provider == "" {
		for _, other := range providers() {
			for _, m := range find(of(other)) {
				if m.provider == other {
					matches = append(matches, m)
				}
			}
		}
		slices.SortStableFunc(matches, func(a, b match) int { return sure(b) - sure(a) })
	}
	for _, m := range matches {
		out = append(out, m.explanation(s))
	}
	return out
}

// sure ranks matches where the provider is not known: words that fit say more than a code.
func sure(m match) int {
	switch {
	case m.pattern != "" && m.provider != generic:
		return 2
	case m.pattern != "" || m.provider == generic:
		return 1
	}
	return 0
}

func (m match) explanation(s Subject) Explanation {
	e := Explanation{Code: s.Error, Provider: m.provider, Where: strings.Fields(m.where), Cause: m.cause, Fix: Context{}.expand(m.fix)}
	if m.provider == generic {
		e.Provider = ""
	}
	if number := strings.TrimSuffix(m.pattern, `\b`); strings.HasPrefix(number, "AADSTS") && !strings.Contains(number, "(") {
		e.Code = number
	}
	return e
}

// recognise takes the error out of whatever was pasted.
func recognise(input string) Subject {
	if strings.HasPrefix(input, "{") {
		if body, err := strictjson.Parse([]byte(input)); err == nil {
			code, _ := body.String("error")
			description, _ := body.String("error_description")
			return Subject{Error: code, Description: description}
		}
	}
	query := ""
	if u, err := url.Parse(input); err == nil && (u.Scheme != "" && u.Host != "" || strings.HasPrefix(input, "?") || strings.HasPrefix(input, "#")) {
		query = u.RawQuery + "&" + u.EscapedFragment()
	} else if strings.Contains(input, "error=") && !strings.Contains(input, " ") {
		query = input
	}
	if query == "" {
		code, _, _ := strings.Cut(input, " ")
		return Subject{Error: strings.Trim(code, `:,."'`)}
	}
	values, _ := url.ParseQuery(query) // what can be read is read
	s := Subject{Error: values.Get("error"), Description: values.Get("error_description"), Issuer: values.Get("iss")}
	for name := range values {
		if name != "" {
			s.Parameters = append(s.Parameters, text.Escape(name))
		}
	}
	slices.Sort(s.Parameters)
	return s
}

// codes lists every error code that is known, for suggestions.
func codes() []string {
	var out []string
	for _, provider := range append([]string{generic}, providers()...) {
		for _, r := range tables(provider) {
			out = append(out, strings.Fields(r.codes)...)
		}
	}
	for _, f := range findings {
		out = append(out, f.code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// shown quotes the input where it looks like an error code; anything else may be a secret.
func shown(input string) string {
	if regexp.MustCompile(`^([a-zA-Z]{1,20}[_.-]?){1,5}$|^AADSTS\d+$`).MatchString(input) && len(input) <= 40 {
		return strconv.Quote(input)
	}
	return "this input"
}
