package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Node is a value of a strictly read YAML file, with the place where it stands and the name by which errors call it.
type Node struct {
	d    *decoder
	node ast.Node
	name string
	at   Position // of the key, where there is one
	root bool
}

// below names the value under a key: clients[0].scopes, whatever the whole is called.
func (n *Node) below(key string) string {
	if n.root {
		return text.Escape(key)
	}
	return n.name + "." + text.Escape(key)
}

// Fields says what reads the value of each key of a mapping.
type Fields map[string]func(*Node) error

// ParseYAML reads one YAML document as strictly as a configuration file: no duplicates, anchors, tags or second
// document. The codes of its errors begin with area, and the name calls the whole in them.
func ParseYAML(data []byte, path, area, name string) (*Node, error) {
	d := &decoder{path: path, area: area}
	if len(data) > maxFile {
		return nil, problem.Usagef(area+".size", "%s: larger than 1 MiB", text.Escape(path))
	}
	root, err := d.parse(data)
	return &Node{d: d, node: root, name: name, at: position(root), root: true}, err
}

// Fault is a usage error at the place of the value.
func (n *Node) Fault(format string, args ...any) *problem.Error {
	return n.d.fault("profile.value", position(n.node), "%s: %s", n.name, fmt.Sprintf(format, args...))
}

// Fields reads a mapping, and refuses a key that is not among the fields. Without a document there are no keys.
func (n *Node) Fields(fields Fields) error {
	return n.Each(func(key string, value *Node) error {
		if fields[key] == nil {
			return value.unknown(key, n.name, fields)
		}
		return fields[key](value)
	})
}

// Each reads a mapping in the order of the file.
func (n *Node) Each(read func(key string, value *Node) error) error {
	if n.node == nil {
		return nil
	}
	pairs, err := n.d.mapping(n.node, n.name, "a mapping of keys to values")
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if err := read(p.key, &Node{d: n.d, node: p.value, name: n.below(p.key), at: p.at}); err != nil {
			return err
		}
	}
	return nil
}

// Items reads a sequence.
func (n *Node) Items(read func(*Node) error) error {
	sequence, ok := n.node.(*ast.SequenceNode)
	if !ok {
		return n.d.mismatch(n.node, n.name, "a list")
	}
	for i, item := range sequence.Values {
		if err := read(&Node{d: n.d, node: item, name: fmt.Sprintf("%s[%d]", n.name, i), at: position(item)}); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) unknown(key, where string, fields Fields) error {
	known := slices.Sorted(maps.Keys(fields))
	e := n.d.fault("profile.unknown_key", n.at, "unknown key %s in %s", shownKey(key), where)
	if near := text.Suggest(strings.ReplaceAll(key, "-", "_"), known); near != "" {
		return e.WithHint("did you mean %q?", near)
	}
	return e.WithHint("known keys: %s", strings.Join(known, ", "))
}

// Text reads a text.
func (n *Node) Text(into *string) (err error) {
	*into, err = n.d.scalar(n.node, n.name, String)
	return err
}

// Texts reads a list of texts, or one.
func (n *Node) Texts(into *[]string) (err error) {
	*into, err = n.d.list(n.node, n.name, List)
	return err
}

// Pairs reads a mapping of texts, as name=value in the order of the file.
func (n *Node) Pairs(into *[]string) error {
	*into = []string{}
	return n.Each(func(key string, value *Node) error {
		var one string
		err := value.Text(&one)
		*into = append(*into, key+"="+one)
		return err
	})
}

// Bool reads true or false.
func (n *Node) Bool(into *bool) error {
	spelling, err := n.d.scalar(n.node, n.name, Bool)
	*into = spelling == "true"
	return err
}

// Duration reads a duration that is not negative.
func (n *Node) Duration(into *time.Duration) error {
	spelling, err := n.d.scalar(n.node, n.name, Duration)
	if err != nil {
		return err
	}
	*into, _ = time.ParseDuration(spelling) // scalar has tried it
	if *into < 0 {
		return n.Fault("a duration cannot be negative")
	}
	return nil
}
