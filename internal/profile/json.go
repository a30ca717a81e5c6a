package profile

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// json decodes a value that a flag takes as JSON: its text, or the same in YAML's own lists and mappings.
func (d *decoder) json(p pair) (string, error) {
	switch p.value.(type) {
	case *ast.MappingNode, *ast.SequenceNode:
		out, err := d.appendJSON(nil, p.value, p.key)
		return string(out), err
	}
	return d.scalar(p.value, p.key, JSON)
}

// appendJSON writes a value in the order of the file. A number keeps its spelling, which must be one of JSON's.
func (d *decoder) appendJSON(out []byte, node ast.Node, name string) ([]byte, error) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return d.appendObject(out, n, name)
	case *ast.SequenceNode:
		out = append(out, '[')
		for i, item := range n.Values {
			if i > 0 {
				out = append(out, ',')
			}
			var err error
			if out, err = d.appendJSON(out, item, fmt.Sprintf("%s[%d]", name, i)); err != nil {
				return nil, err
			}
		}
		return append(out, ']'), nil
	case *ast.NullNode:
		return append(out, "null"...), nil
	case *ast.BoolNode:
		return fmt.Append(out, n.Value), nil
	case *ast.IntegerNode, *ast.FloatNode:
		number := jsontext.Value(n.GetToken().Value)
		if !number.IsValid() {
			return nil, d.fault("profile.value", position(node), "%s: JSON has no such spelling of a number; quotes make it a text", name)
		}
		return append(out, number...), nil
	case *ast.StringNode:
		number := jsontext.Value(n.Value) // such as 1e3, which the parser takes for a text
		if n.Token.Type == token.StringType && number.Kind() == '0' && number.IsValid() {
			return append(out, number...), nil
		}
	}
	value, err := d.scalar(node, name, JSON)
	if err != nil {
		return nil, err
	}
	return d.appendText(out, value, node, name)
}

func (d *decoder) appendObject(out []byte, node *ast.MappingNode, name string) ([]byte, error) {
	members, err := d.mapping(node, name, string(JSON))
	if err != nil {
		return nil, err
	}
	out = append(out, '{')
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = d.appendText(out, m.key, node, name); err != nil {
			return nil, err
		}
		if out, err = d.appendJSON(append(out, ':'), m.value, name+"."+m.key); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func (d *decoder) appendText(out []byte, value string, node ast.Node, name string) ([]byte, error) {
	out, err := jsontext.AppendQuote(out, value)
	if err != nil {
		return nil, d.fault("profile.value", position(node), "%s: a text that is not UTF-8", name)
	}
	return out, nil
}
