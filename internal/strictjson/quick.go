package strictjson

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// quick reads what nearly all JSON of the protocol is in one pass. It takes nothing that jsontext would refuse, and what
// it does not take says nothing: jsontext has the last word, and the words for what is wrong.
type quick struct {
	data []byte
	next int
}

const (
	quickDepth  = 16 // deeper nesting, larger objects and escaped names are jsontext's
	quickNested = 16
)

// object reads data as one object.
func (q *quick) object() ([]Member, bool) {
	text := string(q.data)
	members := make([]Member, 0, 16)
	var seen names
	if q.space(); !q.take('{') {
		return nil, false
	}
	if q.space(); q.take('}') {
		return members, q.end()
	}
	for {
		from, to, ok := q.name()
		if !ok || len(members) == few {
			return nil, false
		}
		name := text[from:to]
		if seen.maybe(q.data[from:to]) {
			for i := range members {
				if members[i].Name == name {
					return nil, false
				}
			}
		}
		start := q.next
		said, ok := q.member()
		if !ok {
			return nil, false
		}
		m := Member{Name: name, Value: q.data[start:q.next:q.next]}
		if said {
			m.text = text[start+1 : q.next-1]
		}
		members = append(members, m)
		if q.space(); q.take(',') {
			continue
		}
		return members, q.take('}') && q.end()
	}
}

// array reads data as one array.
func (q *quick) array() (elements []jsontext.Value, ok bool) {
	if q.space(); !q.take('[') {
		return nil, false
	}
	if q.space(); q.take(']') {
		return nil, q.end()
	}
	for {
		q.space()
		start := q.next
		if !q.value(1) {
			return nil, false
		}
		elements = append(elements, q.data[start:q.next:q.next])
		if q.space(); q.take(',') {
			continue
		}
		return elements, q.take(']') && q.end()
	}
}

// member goes past the value of a member; plain says that it is a string without escapes.
func (q *quick) member() (plain, ok bool) {
	if q.next < len(q.data) && q.data[q.next] == '"' {
		escaped, ok := q.text()
		return !escaped, ok
	}
	return false, q.value(1)
}

// names remembers names roughly: where it says no, a name is new.
type names uint64

func (n *names) maybe(name []byte) bool {
	hash := uint(len(name))
	if len(name) > 0 {
		hash += uint(name[0])*7 + uint(name[len(name)-1])*31
	}
	bit := names(1) << (hash & 63)
	before := *n
	*n |= bit
	return before&bit != 0
}

func (q *quick) space() {
	for q.next < len(q.data) {
		switch q.data[q.next] {
		case ' ', '\t', '\n', '\r':
			q.next++
		default:
			return
		}
	}
}

func (q *quick) take(c byte) bool {
	if q.next < len(q.data) && q.data[q.next] == c {
		q.next++
		return true
	}
	return false
}

// end says whether nothing follows.
func (q *quick) end() bool {
	q.space()
	return q.next == len(q.data)
}

// name reads a name without escapes, and goes to the value that follows it.
func (q *quick) name() (from, to int, ok bool) {
	q.space()
	from = q.next + 1
	escaped, ok := q.text()
	if !ok || escaped {
		return 0, 0, false
	}
	to = q.next - 1
	q.space()
	ok = q.take(':')
	q.space()
	return from, to, ok
}

// text goes past a string.
func (q *quick) text() (escaped, ok bool) {
	if !q.take('"') {
		return false, false
	}
	start, data := q.next, q.data
	wide := false
	for i := start; i < len(data); i++ {
		c := data[i]
		if ordinary[c>>6]&(1<<(c&63)) != 0 {
			continue
		}
		switch {
		case c == '"':
			q.next = i + 1
			return escaped, !wide || utf8.Valid(data[start:i])
		case c == '\\':
			if i++; i == len(data) || !simple(data[i]) {
				return false, false
			}
			escaped = true
		case c < ' ':
			return false, false
		default:
			wide = true
		}
	}
	return false, false
}

// ordinary has a bit for every byte that means itself in a string: ASCII without controls, the quote and the backslash.
//
//nolint:gochecknoglobals // a constant table
var ordinary = [4]uint64{0xfffffffb00000000, 0xffffffffefffffff}

// simple says whether c after a backslash means one character by itself.
func simple(c byte) bool {
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	}
	return false
}

func (q *quick) value(depth int) bool {
	if q.next >= len(q.data) || depth > quickDepth {
		return false
	}
	switch q.data[q.next] {
	case '"':
		_, ok := q.text()
		return ok
	case '{':
		return q.nested(depth)
	case '[':
		return q.list(depth)
	case 't':
		return q.word("true")
	case 'f':
		return q.word("false")
	case 'n':
		return q.word("null")
	}
	return q.number()
}

func (q *quick) word(word string) bool {
	if len(q.data)-q.next < len(word) || string(q.data[q.next:q.next+len(word)]) != word {
		return false
	}
	q.next += len(word)
	return true
}

func (q *quick) digits() bool {
	start := q.next
	for q.next < len(q.data) && q.data[q.next]-'0' <= 9 {
		q.next++
	}
	return q.next > start
}

// number goes past a number (RFC 8259 §6).
func (q *quick) number() bool {
	q.take('-')
	if !q.take('0') && !q.digits() {
		return false
	}
	if q.take('.') && !q.digits() {
		return false
	}
	if q.take('e') || q.take('E') {
		if !q.take('+') {
			q.take('-')
		}
		return q.digits()
	}
	return true
}

// nested goes past an object inside.
func (q *quick) nested(depth int) bool {
	var before [quickNested][2]int
	q.next++
	if q.space(); q.take('}') {
		return true
	}
	for n := range before {
		from, to, ok := q.name()
		if !ok {
			return false
		}
		for _, other := range before[:n] {
			if bytes.Equal(q.data[other[0]:other[1]], q.data[from:to]) {
				return false
			}
		}
		before[n] = [2]int{from, to}
		if !q.value(depth + 1) {
			return false
		}
		if q.space(); !q.take(',') {
			return q.take('}')
		}
	}
	return false
}

// list goes past an array inside.
func (q *quick) list(depth int) bool {
	q.next++
	if q.space(); q.take(']') {
		return true
	}
	for {
		if q.space(); !q.value(depth + 1) {
			return false
		}
		if q.space(); !q.take(',') {
			return q.take(']')
		}
	}
}
