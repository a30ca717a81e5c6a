package op

import (
	"bytes"
	"encoding/json"
	"net/url"
)

// document is a JSON object, a form or a query whose members keep their order and may repeat: faults need both.
type document []member

type member struct {
	name  string
	value any
}

// set replaces the first member of that name and drops further ones, or appends.
//
//go:noinline
func (d *document) set(name string, value any) {
	out, done := make(document, 0, len(*d)+1), false
	for _, m := range *d {
		if m.name != name {
			out = append(out, m)
		} else if !done {
			out, done = append(out, member{name, value}), true
		}
	}
	if !done {
		out = append(out, member{name, value})
	}
	*d = out
}

// add appends a member, even where there is one of that name already.
//
//go:noinline
func (d *document) add(name string, value any) { *d = append(*d, member{name, value}) }

// prepend puts a member before all others, even where there is one of that name already.
func (d *document) prepend(name string, value any) { *d = append(document{{name, value}}, *d...) }

// remove drops every member of that name.
//
//go:noinline
func (d *document) remove(name string) {
	out := make(document, 0, len(*d))
	for _, m := range *d {
		if m.name != name {
			out = append(out, m)
		}
	}
	*d = out
}

// get returns the first member of that name, or nil.
func (d document) get(name string) any {
	for _, m := range d {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// text returns a member that is a string, else the empty string.
func (d document) text(name string) string {
	s, _ := d.get(name).(string)
	return s
}

// MarshalJSON writes the members in their order.
func (d document) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range d {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// form encodes the members whose values are strings.
func (d document) form() string {
	var b []byte
	for _, m := range d {
		s, ok := m.value.(string)
		if !ok {
			continue
		}
		if len(b) > 0 {
			b = append(b, '&')
		}
		b = append(b, url.QueryEscape(m.name)+"="+url.QueryEscape(s)...)
	}
	return string(b)
}
