package profile

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// fault is a usage error at a place in the file. Whatever of the file it quotes is escaped here.
func (d *decoder) fault(code string, at Position, format string, args ...any) *problem.Error {
	return problem.Usagef(d.code(code), "%s: %s", place(d.path, at), text.Line(fmt.Sprintf(format, args...)))
}

// code puts the area of the file in the place of the configuration file's.
func (d *decoder) code(code string) string {
	if d.area == "" {
		return code
	}
	return d.area + strings.TrimPrefix(code, "profile")
}

// unknown is the error for a key that is not in the schema.
func (d *decoder) unknown(p pair, where string, schema Schema) error {
	e := d.fault("profile.unknown_key", p.at, "unknown key %s in %s", shownKey(p.key), where)
	if name, _, glued := strings.Cut(p.key, ":"); glued {
		if _, known := schema[name]; known {
			return e.WithHint("a space is missing after %q", name+":")
		}
	}
	return e.WithHint("%s", schema.suggestion(p.key))
}

// mismatch is the error for a value of another type than the one wanted.
func (d *decoder) mismatch(node ast.Node, key string, want Kind) error {
	e := d.fault("profile.type", position(node), "%s: %s is wanted, not %s", key, want, describe(node))
	e.Want, e.Got = string(want), describe(node)
	return e
}

// describe names the type of a value, and never the value.
func describe(node ast.Node) string {
	switch node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.NullNode:
		return "nothing"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode:
		return "a mapping"
	case *ast.AnchorNode, *ast.AliasNode:
		return "a YAML anchor or alias"
	case *ast.TagNode:
		return "a YAML tag"
	}
	return "something else"
}

// shownKey quotes a key, up to a colon: behind one stands a value that lacks its space, and it may be a secret.
func shownKey(key string) string {
	if name, _, glued := strings.Cut(key, ":"); glued {
		return quote(name + ":…")
	}
	return quote(key)
}

// position returns where a node begins; a block mapping begins at its first key and not at that key's colon.
func position(node ast.Node) Position {
	if node == nil {
		return Position{1, 1}
	}
	if m, ok := node.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		node = m.Values[0].Key
	}
	t := node.GetToken()
	if t == nil || t.Position == nil {
		return Position{1, 1}
	}
	return Position{t.Position.Line, t.Position.Column}
}
