// Package strictjson reads protocol JSON as the standards mean it: no duplicate members, names compared with case,
// valid UTF-8, nothing after the value, a bound on depth. Values keep the spelling in which they came.
package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth bounds the nesting of a value.
const MaxDepth = 64

// ErrType says that a member is there with another type than the one asked for.
var ErrType = errors.New("wrong JSON type")

// Object is a JSON object: its members in the order in which they came. The zero value has none.
type Object struct {
	raw     []byte
	members []Member
	index   map[string]int // of many members only
}

// Member is one name and its value as it came.
type Member struct {
	Name  string
	Value jsontext.Value

	text string // of a string without escapes: what it says
}

// few members are found sooner by looking at each than by a map.
const few = 32

// Parse reads exactly one JSON object, which keeps the bytes and must be the only one to change them. The error says
// what is wrong and at which byte, and quotes one character at most, or a name.
func Parse(data []byte) (Object, error) {
	if members, ok := (&quick{data: data}).object(); ok {
		return Object{raw: data, members: members}, nil
	}
	if err := valid(data, '{'); err != nil {
		return Object{}, err
	}
	o := Object{raw: data, members: make([]Member, 0, 16)}
	s := scanner{data: data, text: string(data)}
	for s.enter(); !s.at('}'); {
		name := s.value()
		o.members = append(o.members, Member{Name: s.unquote(name), Value: s.value()})
	}
	if s.deep {
		return Object{}, errDeep
	}
	if len(o.members) > few {
		o.index = make(map[string]int, len(o.members))
		for i, member := range o.members {
			o.index[member.Name] = i
		}
	}
	return o, nil
}

var errDeep = errors.New("nested deeper than 64 levels") // MaxDepth; constant, since nothing is formatted at start-up

// valid says what is wrong with data as one value of a kind. What is right is found out without allocating.
func valid(data []byte, kind jsontext.Kind) error {
	if value := jsontext.Value(data); value.IsValid() && value.Kind() == kind {
		return nil
	}
	what, whole := "a JSON object", "object"
	if kind == '[' {
		what, whole = "an array", "value"
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(data))
	token, err := dec.ReadToken()
	if err != nil {
		return describe(err, data)
	}
	if token.Kind() != kind {
		return fmt.Errorf("%s was expected, not %s", what, kindName(token.Kind()))
	}
	for dec.StackDepth() > 0 {
		if _, err := dec.ReadToken(); err != nil {
			return describe(err, data)
		}
	}
	return errors.New("something follows the JSON " + whole)
}

// scanner walks over JSON that is known to be valid.
type scanner struct {
	data []byte
	text string // the same, for names without a copy of each
	next int
	deep bool // something is nested deeper than MaxDepth
}

// enter goes into the object or array.
func (s *scanner) enter() {
	s.skip()
	s.next++
}

// skip goes past white space and what stands between values.
func (s *scanner) skip() {
	for {
		switch s.data[s.next] {
		case ' ', '\t', '\n', '\r', ',', ':':
			s.next++
		default:
			return
		}
	}
}

// at says whether the next thing is the bracket that ends the value.
func (s *scanner) at(end byte) bool {
	s.skip()
	return s.data[s.next] == end
}

// value returns the next value as it came.
func (s *scanner) value() jsontext.Value {
	s.skip()
	start, depth := s.next, 0
	for s.next < len(s.data) {
		switch s.data[s.next] {
		case '"':
			s.pastString()
			if depth == 0 {
				return s.since(start)
			}
			continue
		case '{', '[':
			depth++
			s.deep = s.deep || depth >= MaxDepth
		case '}', ']':
			if depth == 0 { // the bracket around a number or a word
				return s.since(start)
			}
			if depth--; depth == 0 {
				s.next++
				return s.since(start)
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return s.since(start)
			}
		}
		s.next++
	}
	return s.since(start)
}

func (s *scanner) since(start int) jsontext.Value { return s.data[start:s.next:s.next] }

// pastString goes past the string that begins here.
func (s *scanner) pastString() {
	for s.next++; s.data[s.next] != '"'; s.next++ {
		if s.data[s.next] == '\\' {
			s.next++
		}
	}
	s.next++
}

// unquote returns the name whose string was read last.
func (s *scanner) unquote(name jsontext.Value) string {
	if bytes.IndexByte(name, '\\') < 0 {
		return s.text[s.next-len(name)+1 : s.next-1]
	}
	out, _ := jsontext.AppendUnquote(nil, name) // it is valid
	return string(out)
}

// describe says what is wrong with data. Of an escape jsontext would show what follows it, too: in a token answer that is
// the beginning of a token.
func describe(err error, data []byte) error {
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		if errors.As(err, &syntactic) {
			return fmt.Errorf("duplicate member %q", syntactic.JSONPointer.LastToken())
		}
		return errors.New("duplicate member")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("the JSON ends too early")
	case errors.As(err, &syntactic) && syntactic.ByteOffset < int64(len(data)) && data[syntactic.ByteOffset] == '\\':
		return fmt.Errorf("an invalid escape in a string at byte %d", syntactic.ByteOffset)
	case errors.As(err, &syntactic):
		return fmt.Errorf("%w at byte %d", syntactic.Err, syntactic.ByteOffset)
	}
	return err
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '[':
		return "an array"
	case '{':
		return "an object"
	}
	return "nothing"
}

// Raw returns the object's bytes as they came.
func (o Object) Raw() []byte { return o.raw }

// Members returns the members in their order. Do not change them.
func (o Object) Members() []Member { return o.members }

// Has says whether the member is there, null included.
//
//go:noinline
func (o Object) Has(name string) bool { return o.find(name) >= 0 }

//go:noinline
func (o Object) find(name string) int {
	if o.index != nil {
		if i, ok := o.index[name]; ok {
			return i
		}
		return -1
	}
	for i := range o.members {
		if o.members[i].Name == name {
			return i
		}
	}
	return -1
}

// Value returns the member's value as it came.
//
//go:noinline
func (o Object) Value(name string) (jsontext.Value, bool) {
	i := o.find(name)
	if i < 0 {
		return nil, false
	}
	return o.members[i].Value, true
}

// String returns a member that must be a string; empty where it is absent. Null and every other type is ErrType.
func (o Object) String(name string) (string, error) {
	i := o.find(name)
	if i < 0 {
		return "", nil
	}
	if text := o.members[i].text; text != "" {
		return text, nil
	}
	return asString(name, o.members[i].Value)
}

func asString(name string, value jsontext.Value) (string, error) {
	if value.Kind() != '"' {
		return "", typeError(name, "a string", value)
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1]), nil
	}
	out, err := jsontext.AppendUnquote(nil, value)
	return string(out), err
}

// Strings returns a member that must be an array of strings; nil where it is absent.
func (o Object) Strings(name string) ([]string, error) {
	value, ok := o.Value(name)
	if !ok {
		return nil, nil
	}
	if value.Kind() != '[' {
		return nil, typeError(name, "an array of strings", value)
	}
	elements, err := ParseArray(value)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(elements))
	for _, element := range elements {
		s, err := asString(name+"[]", element)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// ParseArray reads exactly one JSON array, as strictly as Parse an object.
func ParseArray(data []byte) ([]jsontext.Value, error) {
	if elements, ok := (&quick{data: data}).array(); ok {
		return elements, nil
	}
	if err := valid(data, '['); err != nil {
		return nil, err
	}
	s := scanner{data: data}
	var out []jsontext.Value
	for s.enter(); !s.at(']'); {
		out = append(out, s.value())
	}
	if s.deep {
		return nil, errDeep
	}
	return out, nil
}

// Elements returns the elements of a value that must be an array; everything else is ErrType.
func Elements(value jsontext.Value) ([]jsontext.Value, error) {
	if kind := value.Kind(); kind != '[' {
		return nil, fmt.Errorf("%w: an array was expected, not %s", ErrType, kindName(kind))
	}
	return ParseArray(value)
}

// Number returns a member that must be a number, as a float64; ok is false where it is absent. A number outside the
// float64 range is an error.
func (o Object) Number(name string) (number float64, ok bool, err error) {
	value, ok := o.Value(name)
	if !ok {
		return 0, false, nil
	}
	if value.Kind() != '0' {
		return 0, true, typeError(name, "a number", value)
	}
	number, err = strconv.ParseFloat(string(value), 64)
	if err != nil {
		return 0, true, fmt.Errorf("member %q: %w: the number is out of range", name, ErrType)
	}
	return number, true, nil
}

// Bool returns a member that must be a boolean; ok is false where it is absent.
func (o Object) Bool(name string) (value, ok bool, err error) {
	v, ok := o.Value(name)
	if !ok {
		return false, false, nil
	}
	switch v.Kind() {
	case 't':
		return true, true, nil
	case 'f':
		return false, true, nil
	}
	return false, true, typeError(name, "a boolean", v)
}

// Object returns a member that must be an object; ok is false where it is absent.
func (o Object) Object(name string) (value Object, ok bool, err error) {
	v, ok := o.Value(name)
	if !ok {
		return Object{}, false, nil
	}
	if v.Kind() != '{' {
		return Object{}, true, typeError(name, "an object", v)
	}
	value, err = Parse(v)
	return value, true, err
}

// MarshalJSON returns the object as it came, so that it can stand inside another document.
func (o Object) MarshalJSON() ([]byte, error) {
	if o.raw == nil {
		return []byte("{}"), nil
	}
	return o.raw, nil
}

func typeError(name, want string, value jsontext.Value) error {
	return fmt.Errorf("member %q: %w: %s was expected, not %s", name, ErrType, want, kindName(value.Kind()))
}
