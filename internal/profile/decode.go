package profile

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// maxDepth bounds the nesting of the file: the parser recurses. The deepest thing it may hold is a command's list.
const maxDepth = 16

// decoder walks the syntax tree of one file. Nothing that it reports quotes a value: it may be a secret.
type decoder struct {
	path   string
	area   string // begins the codes of its errors; empty is profile
	schema Schema
}

// decode checks the whole file, so that a mistake is found when it is made and not when its profile is first used.
func decode(data []byte, path string, schema Schema) (*File, error) {
	d := &decoder{path: path, schema: schema}
	file := &File{Path: path, profiles: make(map[string]*Profile)}
	root, err := d.parse(data)
	if err != nil || root == nil {
		return file, err
	}
	pairs, err := d.mapping(root, "the configuration file", "a mapping with current and profiles")
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		switch p.key {
		case "current":
			if file.current = position(p.value); p.value.Type() != ast.NullType {
				file.Current, err = d.scalar(p.value, "current", String)
			}
		case "profiles":
			err = d.profiles(file, p.value)
		default:
			err = d.misplaced(p)
		}
		if err != nil {
			return nil, err
		}
	}
	return file, nil
}

// misplaced is the error for a key at the top of the file that belongs into a profile, or nowhere.
func (d *decoder) misplaced(p pair) error {
	top := Schema{"current": String, "profiles": Map}
	e := *problem.As(d.unknown(p, "the configuration file", top))
	if _, known := d.schema[p.key]; known {
		e.Hint = fmt.Sprintf("it belongs into a profile: profiles: {NAME: {%s: …}}", p.key)
	} else if top.suggestion(p.key) == noSuggestion {
		e.Hint = "profiles stand under profiles:, each under its name; oauthctl profile --help shows such a file"
	}
	return &e
}

func (d *decoder) profiles(file *File, node ast.Node) error {
	if node.Type() == ast.NullType { // "profiles:" with every entry commented out
		return nil
	}
	pairs, err := d.mapping(node, "profiles", "a mapping of names to profiles")
	if err != nil {
		return err
	}
	for _, p := range pairs {
		entry := &Profile{
			Name: p.key, Path: d.path, Position: p.at,
			values: make(map[string]Value), secrets: make(map[string]*SecretSource),
		}
		if p.key == "" {
			return d.fault("profile.name", p.at, "a profile's name is empty")
		}
		if err := d.profile(entry, p.value); err != nil {
			return err
		}
		file.names = append(file.names, p.key)
		file.profiles[p.key] = entry
	}
	return nil
}

func (d *decoder) profile(entry *Profile, node ast.Node) error {
	if node.Type() == ast.NullType {
		return nil
	}
	where := "profile " + quote(entry.Name)
	pairs, err := d.mapping(node, where, "a mapping of keys to values")
	if err != nil {
		return err
	}
	for _, p := range pairs {
		kind, ok := d.schema[p.key]
		switch {
		case !ok:
			err = d.unknown(p, where, d.schema)
		case kind == Secret:
			entry.secrets[p.key], err = d.source(p)
		default:
			entry.values[p.key], err = d.value(p, kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// value decodes what stands under one key.
func (d *decoder) value(p pair, kind Kind) (Value, error) {
	v := Value{Position: position(p.value)}
	var err error
	switch kind {
	case List:
		v.Text, err = d.list(p.value, p.key, kind)
	case Map:
		v.Text, err = d.pairs(p)
	case JSON:
		var one string
		one, err = d.json(p)
		v.Text = []string{one}
	default:
		var one string
		one, err = d.scalar(p.value, p.key, kind)
		v.Text = []string{one}
	}
	return v, err
}

// list decodes a sequence of scalars, or one scalar.
func (d *decoder) list(node ast.Node, key string, kind Kind) ([]string, error) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		one, err := d.scalar(node, key, kind)
		return []string{one}, err
	}
	out := make([]string, 0, len(sequence.Values))
	for i, item := range sequence.Values {
		one, err := d.scalar(item, fmt.Sprintf("%s[%d]", key, i), String)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// pairs decodes a mapping of scalars to name=value, in the order of the file.
func (d *decoder) pairs(p pair) ([]string, error) {
	switch p.value.(type) {
	case *ast.MappingNode:
	default:
		return d.list(p.value, p.key, Map)
	}
	members, err := d.mapping(p.value, p.key, string(Map))
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(members))
	for _, m := range members {
		one, err := d.scalar(m.value, p.key+"."+m.key, String)
		if err != nil {
			return nil, err
		}
		out = append(out, m.key+"="+one)
	}
	return out, nil
}

// scalar decodes one value, spelt as in the file: an unquoted number that stands for text keeps its zeros.
func (d *decoder) scalar(node ast.Node, key string, kind Kind) (string, error) {
	var spelling string
	number, boolean := false, false
	switch n := node.(type) {
	case *ast.StringNode:
		spelling = n.Value
	case *ast.LiteralNode:
		spelling = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode:
		spelling, number = n.GetToken().Value, n.Type() == ast.IntegerType
	case *ast.BoolNode:
		spelling, boolean = n.GetToken().Value, true
		if kind == Bool {
			spelling = fmt.Sprint(n.Value)
		}
	default:
		return "", d.mismatch(node, key, kind)
	}
	switch kind {
	case Bool:
		if !boolean {
			return "", d.mismatch(node, key, kind)
		}
	case Int:
		if !number {
			return "", d.mismatch(node, key, kind)
		}
	case Duration:
		if _, err := time.ParseDuration(spelling); err != nil {
			return "", d.mismatch(node, key, kind)
		}
	}
	return spelling, nil
}

// pair is one member of a mapping.
type pair struct {
	key   string
	at    Position
	value ast.Node
}

// mapping returns the members of a mapping, in order, and refuses duplicates and YAML's own machinery.
func (d *decoder) mapping(node ast.Node, what, want string) ([]pair, error) {
	m, ok := node.(*ast.MappingNode)
	if !ok {
		return nil, d.mismatch(node, what, Kind(want))
	}
	out := make([]pair, 0, len(m.Values))
	seen := make(map[string]Position, len(m.Values))
	for _, member := range m.Values {
		at := position(member.Key)
		switch member.Key.(type) {
		case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		default:
			return nil, d.fault("profile.yaml", at, "only plain keys are understood here")
		}
		key := member.Key.GetToken().Value
		if first, dup := seen[key]; dup {
			return nil, d.fault("profile.duplicate_key", at, "key %s is already at line %d, column %d",
				shownKey(key), first.Line, first.Column)
		}
		seen[key] = at
		out = append(out, pair{key, at, member.Value})
	}
	return out, nil
}

// parse returns the root of the one document, or nil where the file is empty.
func (d *decoder) parse(data []byte) (root ast.Node, err error) {
	defer func() {
		if recover() != nil { // the parser's, on input that it did not foresee
			root, err = nil, problem.Usagef(d.code("profile.yaml"), "%s: not valid YAML", text.Escape(d.path))
		}
	}()
	tokens := lexer.Tokenize(plain(data))
	if at, deep := tooDeep(tokens); deep {
		return nil, d.fault("profile.yaml", at, "nested deeper than %d levels", maxDepth)
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, d.syntax(err)
	}
	if len(file.Docs) > 1 {
		return nil, d.fault("profile.yaml", position(file.Docs[1].Body), "only one YAML document is allowed")
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil || file.Docs[0].Body.Type() == ast.NullType {
		return nil, nil
	}
	return file.Docs[0].Body, nil
}

// tooDeep finds nesting that only an attack or an accident has: brackets in brackets, or many dashes on one line.
func tooDeep(tokens token.Tokens) (Position, bool) {
	brackets, dashes, line := 0, 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType:
			if t.Position.Line != line {
				dashes, line = 0, t.Position.Line
			}
			dashes++
		}
		if brackets > maxDepth || dashes > maxDepth {
			return Position{t.Position.Line, t.Position.Column}, true
		}
	}
	return Position{}, false
}

// syntax turns the parser's error into ours, without its picture of the lines and without anything it quotes.
func (d *decoder) syntax(err error) error {
	detail, ok := errors.AsType[yaml.Error](err)
	if !ok || detail.GetToken() == nil || detail.GetToken().Position == nil {
		return problem.Usagef(d.code("profile.yaml"), "%s: not valid YAML", text.Escape(d.path))
	}
	at := detail.GetToken().Position
	message := detail.GetMessage()
	if strings.Contains(message, `"`) {
		message = "not valid YAML"
	}
	return d.fault("profile.yaml", Position{at.Line, at.Column}, "%s", text.Escape(message))
}
