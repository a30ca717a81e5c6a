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
	index   map[string]int
}

// Member is one name and its value as it came.
type Member struct {
	Name  string
	Value jsontext.Value
}

// Parse reads exactly one JSON object. The error says what is wrong and at which byte, and quotes nothing.
func Parse(data []byte) (Object, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(data))
	o := Object{raw: data}
	token, err := dec.ReadToken()
	if err != nil {
		return Object{}, describe(err)
	}
	if token.Kind() != '{' {
		return Object{}, fmt.Errorf("a JSON object was expected, not %s", kindName(token.Kind()))
	}
	o.index = make(map[string]int)
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return Object{}, describe(err)
		}
		member := Member{Name: name.String()}
		value, err := dec.ReadValue()
		if err != nil {
			return Object{}, describe(err)
		}
		if tooDeep(value) {
			return Object{}, fmt.Errorf("nested deeper than %d levels", MaxDepth)
		}
		member.Value = value.Clone()
		o.index[member.Name] = len(o.members)
		o.members = append(o.members, member)
	}
	if _, err := dec.ReadToken(); err != nil {
		return Object{}, describe(err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return Object{}, errors.New("something follows the JSON object")
	}
	return o, nil
}

// tooDeep counts brackets outside strings; the value is known to be valid.
func tooDeep(value []byte) bool {
	depth, inString := 1, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && (c == '{' || c == '['):
			if depth++; depth > MaxDepth {
				return true
			}
		case !inString && (c == '}' || c == ']'):
			depth--
		}
	}
	return false
}

func describe(err error) error {
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		if errors.As(err, &syntactic) {
			return fmt.Errorf("duplicate member %q", syntactic.JSONPointer.LastToken())
		}
		return errors.New("duplicate member")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("the JSON ends too early")
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
func (o Object) Has(name string) bool { _, ok := o.index[name]; return ok }

// Value returns the member's value as it came.
func (o Object) Value(name string) (jsontext.Value, bool) {
	i, ok := o.index[name]
	if !ok {
		return nil, false
	}
	return o.members[i].Value, true
}

// String returns a member that must be a string; empty where it is absent. Null and every other type is ErrType.
func (o Object) String(name string) (string, error) {
	value, ok := o.Value(name)
	if !ok {
		return "", nil
	}
	return asString(name, value)
}

func asString(name string, value jsontext.Value) (string, error) {
	if value.Kind() != '"' {
		return "", typeError(name, "a string", value)
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
	elements, err := Elements(value)
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
	dec := jsontext.NewDecoder(bytes.NewBuffer(data))
	value, err := dec.ReadValue()
	if err != nil {
		return nil, describe(err)
	}
	if tooDeep(value) {
		return nil, fmt.Errorf("nested deeper than %d levels", MaxDepth)
	}
	value = value.Clone()
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value")
	}
	return Elements(value)
}

// Elements returns the elements of a JSON array as they came.
func Elements(array jsontext.Value) ([]jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(array))
	token, err := dec.ReadToken()
	if err != nil {
		return nil, describe(err)
	}
	if token.Kind() != '[' {
		return nil, fmt.Errorf("%w: an array was expected, not %s", ErrType, kindName(token.Kind()))
	}
	var out []jsontext.Value
	for dec.PeekKind() != ']' {
		value, err := dec.ReadValue()
		if err != nil {
			return nil, describe(err)
		}
		out = append(out, value.Clone())
	}
	return out, nil
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
