package oauth

import (
	"net/http"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// The bounds of a WWW-Authenticate header: a hostile server may send any number of challenges and parameters.
const (
	maxChallengeBytes  = 8 << 10
	maxChallengeParams = 64
)

// Challenge is one authentication challenge of a protected resource (RFC 9110 §11.6.1, RFC 6750 §3).
type Challenge struct {
	Scheme string
	Params map[string]string // names in lower case; the first of a repeated one
}

// ParseChallenges reads the WWW-Authenticate headers of a response. What cannot be read ends the list: the challenges
// before it are returned (RFC 9110 §11.6.1).
func ParseChallenges(header http.Header) []Challenge {
	return readChallenges(header).out
}

func readChallenges(header http.Header) *challengeParser {
	joined := strings.Join(header.Values("WWW-Authenticate"), ", ")
	if len(joined) > maxChallengeBytes {
		joined = joined[:maxChallengeBytes]
	}
	p := &challengeParser{rest: joined}
	for p.next() {
	}
	return p
}

type challengeParser struct {
	rest   string
	out    []Challenge
	params int
	twice  []repetition
}

// repetition is a parameter that came again in a challenge, which none may (RFC 9110 §11.2).
type repetition struct {
	challenge int
	name      string
}

// next reads a scheme or a parameter, and says whether there may be more.
func (p *challengeParser) next() bool {
	p.rest = strings.TrimLeft(p.rest, " \t,")
	word := p.token()
	if word == "" || p.params >= maxChallengeParams {
		return false
	}
	after := strings.TrimLeft(p.rest, " \t")
	if !strings.HasPrefix(after, "=") { // a scheme; what follows are its parameters
		p.out = append(p.out, Challenge{Scheme: word, Params: make(map[string]string)})
		return true
	}
	if len(p.out) == 0 {
		return false
	}
	p.rest = strings.TrimLeft(after[1:], " \t")
	value, ok := p.value()
	if !ok {
		return false
	}
	p.params++
	params := p.out[len(p.out)-1].Params
	name := strings.ToLower(word)
	if _, again := params[name]; again {
		p.twice = append(p.twice, repetition{len(p.out) - 1, name})
	}
	if params[name] == "" {
		params[name] = value
	}
	return true
}

// token reads a token (RFC 9110 §5.6.2).
func (p *challengeParser) token() string {
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

// value reads a token or a quoted string (RFC 9110 §5.6.4); an unterminated quote is refused.
func (p *challengeParser) value() (string, bool) {
	if !strings.HasPrefix(p.rest, `"`) {
		word := p.token()
		return word, word != ""
	}
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.rest = p.rest[i+1:]
			return b.String(), true
		case '\\':
			if i++; i < len(p.rest) {
				b.WriteByte(p.rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// resourceError returns the refusal of a protected resource as a problem, from its challenge where there is one
// (RFC 6750 §3.1).
func resourceError(status int, header http.Header) *problem.Error {
	answer := &problem.Answer{Status: status, Endpoint: "resource"}
	for _, c := range ParseChallenges(header) {
		if c.Params["error"] != "" {
			answer.Error, answer.Description, answer.URI = c.Params["error"], c.Params["error_description"], c.Params["error_uri"]
			break
		}
	}
	p := &problem.Error{Kind: problem.Provider, Code: "resource.status", Spec: "RFC 6750 §3.1", Answer: answer}
	p.Message = "the provider refused the token with status " + http.StatusText(status)
	if answer.Error != "" {
		p.Code = "oauth." + text.Escape(answer.Error)
		p.Message = "the provider refused the token: " + text.Escape(answer.Error)
	}
	return p
}
