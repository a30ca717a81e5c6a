package wire

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/secret"
)

// secretNames are the parameters and members that hold secrets, in the form that plainName gives. True: also words of
// other meanings in JSON ("code": "E17"), so that there only strings count, and their values are not searched for
// elsewhere.
func secretNames() map[string]bool {
	return map[string]bool{
		"accesstoken": false, "refreshtoken": false, "idtoken": false, "idtokenhint": false, "loginhinttoken": false,
		"logouttoken": false, "subjecttoken": false, "actortoken": false, "registrationaccesstoken": false,
		"devicecode": false, "authreqid": false, "codeverifier": false, "clientsecret": false, "password": false,
		"clientassertion": false, "assertion": false, "softwarestatement": false, "apikey": false, "xapikey": false,
		"samlresponse": false, "oldpassword": false, "newpassword": false, "csrftoken": false, "sessiontoken": false,
		"secret": true, "code": true, "token": true, "request": true, "response": true,
	}
}

// plainName makes client_secret, clientSecret and Client-Secret one name.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// shortestLearnt bounds what is searched for by value when it came under a name that may mean something else.
const shortestLearnt = 8

// redactor takes secrets out of messages. Each message is first learnt from, then rendered.
type redactor struct {
	ring  *secret.Ring
	show  bool
	names map[string]bool
	loose *regexp.Regexp
	jwt   *regexp.Regexp
	left  int // how many values of the message at hand may be learnt
	heard int // how many were learnt from answers
}

// prepare makes the tables at the first use: most runs trace nothing.
func (d *redactor) prepare() {
	if d.names != nil {
		return
	}
	d.names = secretNames()
	words := make([]string, 0, len(d.names))
	for word := range d.names {
		words = append(words, strings.Join(strings.Split(word, ""), "[_-]?"))
	}
	slices.Sort(words)
	d.loose = regexp.MustCompile(`(?i)\b(` + strings.Join(words, "|") + `)(\\?["']?(?:\s*[:=]\s*|\s+value\s*=\s*)\\?["']?)([^"'\\&\s,;<>{}\[\]]+)`)
	d.jwt = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){1,4}`)
}

// isSecret says whether a parameter of this name holds a secret, and whether the name alone proves it.
func (d *redactor) isSecret(name string) (hidden, certain bool) {
	d.prepare()
	doubtful, hidden := d.names[plainName(name)]
	return hidden, hidden && !doubtful
}

// The bounds of what is searched for by value: the work of redacting grows with each of them, and an answer may hold tens of
// thousands. What is more is hidden by its name all the same.
const (
	maxLearnt = 64  // of one message
	maxHeard  = 256 // of all answers together
)

// asked learns from a request.
func (d *redactor) asked(req *http.Request, body []byte) {
	d.left = maxLearnt
	d.learnURL(req.URL)
	d.learnHeader(req.Header)
	d.learnBody(req.Header.Get("Content-Type"), body)
}

// answered learns from a response.
func (d *redactor) answered(res *http.Response, body []byte) {
	may := min(maxLearnt, maxHeard-d.heard)
	d.left = may
	d.learnHeader(res.Header)
	d.learnBody(res.Header.Get("Content-Type"), body)
	d.heard += may - d.left
}

// learn adds a value to the ring. What many messages have by chance ("true") would make a trace unreadable.
func (d *redactor) learn(value string) {
	if d.left > 0 && len(value) >= 4 && value != "true" && value != "false" && value != "null" {
		d.left--
		d.ring.Add(secret.New(value))
	}
}

func (d *redactor) learnURL(u *url.URL) {
	d.learnQuery(u.RawQuery)
	d.learnQuery(u.EscapedFragment())
}

// learnQuery reads a query, fragment or form body.
func (d *redactor) learnQuery(encoded string) {
	for pair := range strings.SplitSeq(encoded, "&") {
		name, value := unescapePair(pair)
		if hidden, _ := d.isSecret(name); hidden {
			d.learn(value)
		}
	}
}

func unescapePair(pair string) (name, value string) {
	n, v, _ := strings.Cut(pair, "=")
	return unescape(n), unescape(v)
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// value takes known secrets and JWTs out of a text, in whatever place it stands.
func (d *redactor) value(s string) string {
	if d.show || s == "" {
		return s
	}
	d.prepare()
	return d.jwt.ReplaceAllStringFunc(d.ring.Redact(s), d.tag)
}

func (d *redactor) tag(value string) string { return d.ring.Tag(value) }

// named returns what stands for the value of a parameter.
func (d *redactor) named(name, value string) string {
	if hidden, _ := d.isSecret(name); hidden && !d.show && value != "" {
		return d.tag(value)
	}
	return d.value(value)
}

// text takes out what stands beside a secret's name in text without structure (a page, broken JSON), then by value.
func (d *redactor) text(s string) string {
	if d.show || s == "" {
		return s
	}
	if plain := html.UnescapeString(s); plain != s && d.value(plain) != plain {
		s = plain // a page that repeats a secret may spell it in character references
	}
	s = d.value(s)
	return d.loose.ReplaceAllStringFunc(s, func(match string) string {
		parts := d.loose.FindStringSubmatch(match)
		if strings.HasPrefix(parts[3], "[redacted") {
			return match
		}
		return parts[1] + parts[2] + d.tag(parts[3])
	})
}

// url returns the address with the secrets of its query, fragment and user taken out.
func (d *redactor) url(u *url.URL) string {
	c := *u
	if c.User != nil && !d.show {
		c.User = url.User("…")
	}
	c.RawQuery, c.ForceQuery, c.Fragment, c.RawFragment = "", false, "", ""
	out := d.value(c.String())
	if u.RawQuery != "" {
		out += "?" + d.query(u.RawQuery)
	}
	if fragment := u.EscapedFragment(); fragment != "" {
		out += "#" + d.query(fragment)
	}
	return out
}

// query keeps order and spelling but of what it takes out.
func (d *redactor) query(encoded string) string {
	pairs := strings.Split(encoded, "&")
	for i, pair := range pairs {
		name, value := unescapePair(pair)
		if shown := d.named(name, value); shown != value {
			raw, _, _ := strings.Cut(pair, "=")
			pairs[i] = raw + "=" + shown
		}
	}
	return d.value(strings.Join(pairs, "&"))
}
