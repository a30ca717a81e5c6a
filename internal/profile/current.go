package profile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// SetCurrent makes a profile the one that is used when none is named. Only that one line of the file changes;
// comments, order and spelling of the rest stay as they are, and so does the file's mode.
func SetCurrent(path, name string, schema Schema) error {
	target, err := filepath.EvalSymlinks(path) // a link into a dotfiles folder stays a link
	if err != nil {
		return unreadable(path, err)
	}
	data, mode, err := read(target)
	if err != nil {
		return err
	}
	before, err := decode(data, path, schema)
	if err != nil {
		return err
	}
	if _, err := before.Profile(name); err != nil {
		return err
	}
	if before.Current == name {
		return nil
	}
	edited, err := withCurrent(data, path, name)
	if err != nil {
		return err
	}
	after, err := decode(edited, path, schema)
	if err != nil || after.Current != name || !slices.Equal(after.names, before.names) || !sameKeys(before, after) {
		return problem.Usagef("profile.edit", "%s: current cannot be changed without touching the rest of the file", text.Escape(path)).
			WithHint("write the line yourself: current: %s", spelled(name))
	}
	return replace(target, edited, mode.Perm())
}

// sameKeys says whether an edit left every profile with the keys that it had.
func sameKeys(a, b *File) bool {
	for name := range a.profiles {
		if !slices.Equal(a.profiles[name].Keys(), b.profiles[name].Keys()) {
			return false
		}
	}
	return true
}

// withCurrent returns the file's bytes with another current profile.
func withCurrent(data []byte, path, name string) ([]byte, error) {
	d := &decoder{path: path}
	root, err := d.parse(data)
	if err != nil {
		return nil, err
	}
	m, ok := root.(*ast.MappingNode)
	if !ok || m.IsFlowStyle || len(m.Values) == 0 {
		return nil, d.fault("profile.edit", position(root), "only a file with one key a line can be edited").
			WithHint("write it yourself: current: %s", spelled(name))
	}
	lines := strings.SplitAfter(string(data), "\n")
	for _, member := range m.Values {
		if member.Key.GetToken().Value == "current" {
			return editLine(lines, d, member, name)
		}
	}
	at := position(m.Values[0].Key)
	end := "\n"
	if strings.HasSuffix(lines[at.Line-1], "\r\n") {
		end = "\r\n"
	}
	mark, first := "", lines[at.Line-1]
	if rest, marked := strings.CutPrefix(first, bom); marked {
		mark, first = bom, rest
	}
	lines[at.Line-1] = mark + strings.Repeat(" ", at.Column-1) + "current: " + spelled(name) + end + first
	return []byte(strings.Join(lines, "")), nil
}

// editLine replaces the value on the line of the key.
func editLine(lines []string, d *decoder, member *ast.MappingValueNode, name string) ([]byte, error) {
	colon := member.Start.Position
	line := []rune(lines[colon.Line-1])
	start := colon.Column
	if strings.HasPrefix(lines[colon.Line-1], bom) && colon.Line == 1 {
		start++
	}
	rest := string(line[start:])
	trimmed := strings.TrimLeft(rest, " \t")
	old, gap := strings.TrimSpace(member.Value.GetToken().Origin), " "
	switch {
	case old != "" && strings.HasPrefix(trimmed, old):
		gap, rest = rest[:len(rest)-len(trimmed)], trimmed[len(old):]
	case member.Value.Type() == ast.NullType: // nothing stands behind the colon
	default:
		return nil, d.fault("profile.edit", position(member.Value), "the value of current is not on the line of its key").
			WithHint("write it yourself: current: %s", spelled(name))
	}
	lines[colon.Line-1] = string(line[:start]) + gap + spelled(name) + rest
	return []byte(strings.Join(lines, "")), nil
}

// spelled writes a name as a YAML scalar: plain where nothing in it means anything, else in double quotes.
func spelled(name string) string {
	plain := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*$`).MatchString(name)
	switch strings.ToLower(name) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		plain = false
	}
	if plain {
		return name
	}
	return strconv.Quote(name)
}

// replace writes the file beside the old one and puts it in its place, so that nobody ever reads half of it.
func replace(path string, data []byte, mode fs.FileMode) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".config-*.yaml")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if err = temp.Chmod(mode); err != nil {
		return err
	}
	if _, err = temp.Write(data); err != nil {
		return err
	}
	if err = temp.Sync(); err != nil {
		return err
	}
	if err = temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
