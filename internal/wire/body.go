package wire

import (
	"bytes"
	"errors"
	"mime"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/text"
)

// maxDepth bounds how deep a traced JSON value is followed; deeper ones are shown as text.
const maxDepth = 64

// learnBody adds the secrets of a body to the ring.
func (d *redactor) learnBody(contentType string, body []byte) {
	switch kindOf(contentType, body) {
	case kindForm:
		d.learnQuery(string(body))
	case kindJSON:
		walk := jsonWalk{redactor: d}
		_ = walk.run(body)
	}
}

// body returns a body for people: a form as its parameters, JSON indented, anything else as text.
func (d *redactor) body(contentType string, body []byte) ([]Field, string) {
	switch kindOf(contentType, body) {
	case kindForm:
		var out []Field
		for pair := range strings.SplitSeq(string(body), "&") {
			name, value := unescapePair(pair)
			out = append(out, Field{d.value(name), d.named(name, value)})
		}
		return out, ""
	case kindJSON:
		var out bytes.Buffer
		walk := jsonWalk{redactor: d, out: &out}
		if walk.run(body) == nil {
			return nil, out.String()
		}
	}
	return nil, d.text(string(body))
}

type bodyKind int

const (
	kindText bodyKind = iota
	kindForm
	kindJSON
)

// kindOf goes by the type and, as types are often wrong, by the first byte.
func kindOf(contentType string, body []byte) bodyKind {
	media, _, _ := mime.ParseMediaType(contentType)
	start := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(start) == 0:
		return kindText
	case start[0] == '{' || start[0] == '[':
		return kindJSON
	case media == "application/x-www-form-urlencoded":
		return kindForm
	case start[0] != '<' && !bytes.ContainsAny(start, " \n\"") && bytes.Contains(start, []byte("=")):
		return kindForm // some providers send form bodies as text/plain
	}
	return kindText
}

// jsonWalk goes through a JSON text once: without out it learns secrets, with out it writes the text indented and redacted.
type jsonWalk struct {
	*redactor
	out *bytes.Buffer
	dec *jsontext.Decoder
}

func (w *jsonWalk) run(body []byte) error {
	w.dec = jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := w.value(visible, 0); err != nil {
		return err
	}
	if w.dec.PeekKind() > 0 {
		return errTrailing
	}
	return nil
}

// hiding says what is known of the value that comes next.
type hiding int

const (
	visible  hiding = iota
	private         // hidden where it is long enough to be a number of a private key
	doubtful        // hidden where it is a string
	hidden          // hidden whatever it is
)

var (
	errTrailing = errors.New("something follows the JSON value")
	errDeep     = errors.New("nested too deeply")
)

func (w *jsonWalk) value(h hiding, depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	switch w.dec.PeekKind() {
	case '{':
		return w.composite('}', h, depth)
	case '[':
		return w.composite(']', h, depth)
	}
	token, err := w.dec.ReadToken()
	if err != nil {
		return err
	}
	w.scalar(token, h)
	return nil
}

func (w *jsonWalk) scalar(token jsontext.Token, h hiding) {
	s := token.String()
	isString := token.Kind() == '"'
	hide := s != "" && (isString && h >= doubtful || token.Kind() == '0' && h == hidden ||
		isString && h == private && len(s) >= 2*shortestLearnt && !strings.Contains(s, " "))
	switch {
	case w.out == nil:
		if hide && (h != doubtful || len(s) >= 2*shortestLearnt && !strings.ContainsAny(s, " _")) {
			w.learn(s)
		}
	case hide && !w.show:
		w.quote(w.tag(s))
	case isString:
		w.quote(w.redactor.value(s))
	default:
		w.out.WriteString(s)
	}
}

// composite walks an object or an array; what stands under a secret's name is secret at every depth.
func (w *jsonWalk) composite(end jsontext.Kind, h hiding, depth int) error {
	open, err := w.dec.ReadToken()
	if err != nil {
		return err
	}
	w.write(open.String())
	if h == doubtful && end == '}' {
		h = visible // {"token": {…}} is a word, not a secret
	}
	n := 0
	for ; w.dec.PeekKind() != end; n++ {
		if n > 0 {
			w.write(",")
		}
		w.newline(depth + 1)
		of := h
		if end == '}' {
			name, err := w.dec.ReadToken()
			if err != nil {
				return err
			}
			key := name.String()
			of = max(h, w.hides(key))
			if w.out != nil {
				w.quote(w.redactor.value(key))
				w.write(": ")
			}
		}
		if err := w.value(of, depth+1); err != nil {
			return err
		}
	}
	if n > 0 {
		w.newline(depth)
	}
	shut, err := w.dec.ReadToken()
	if err != nil {
		return err
	}
	w.write(shut.String())
	return nil
}

// hides tells by its name what a member's value is.
func (w *jsonWalk) hides(name string) hiding {
	switch name {
	case "d", "p", "q", "dp", "dq", "qi", "k", "oth", "r", "t": // RFC 7518 §6
		return private
	}
	switch secretName, certain := w.isSecret(name); {
	case certain:
		return hidden
	case secretName:
		return doubtful
	}
	return visible
}

func (w *jsonWalk) quote(s string) {
	quoted, err := jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\uFFFD"))
	if err == nil {
		w.out.Write(text.EscapeJSON(quoted))
	}
}

func (w *jsonWalk) write(s string) {
	if w.out != nil {
		w.out.WriteString(s)
	}
}

func (w *jsonWalk) newline(depth int) {
	if w.out != nil {
		w.out.WriteString("\n" + strings.Repeat("  ", depth))
	}
}
