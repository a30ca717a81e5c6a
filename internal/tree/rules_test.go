// Package tree holds the tests over the source tree itself: what may import what, who may end the process, what may
// live at package level. A rule is one row of rules(); planted_test.go shows each of them catching a violation.
package tree

import (
	"fmt"
	"go/ast"
	"go/token"
	"iter"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/oauthctl/oauthctl"

// source is one Go file that is not a test.
type source struct {
	path  string // slash-separated, from the root of the module
	set   *token.FileSet
	file  *ast.File
	lines int
}

// dir is the package's folder, "." for the root.
func (s source) dir() string {
	if i := strings.LastIndexByte(s.path, '/'); i >= 0 {
		return s.path[:i]
	}
	return "."
}

// at formats a violation with its place.
func (s source) at(pos token.Pos, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", s.path, s.set.Position(pos).Line, fmt.Sprintf(format, args...))
}

// rule judges one file; every violation is a sentence that starts with its place.
type rule struct {
	name  string
	judge func(source) []string
}

func rules() []rule {
	return []rule{
		{"layers", layers},
		{"only main ends the process", exits},
		{"only cmd/config.go knows Viper", viper},
		{"forbidden libraries", forbidden},
		{"no init and no state at package level", state},
		{"the message packages have no clock and no I/O", pure},
		{"files stay short", short},
		{"nothing is left to be done later", unfinished},
	}
}

// rows are the layers, lowest first. A package may import every lower row, and in its own row what stands to its left.
func rows() [][]string {
	return [][]string{
		{"problem", "text", "secret", "verdict", "strictjson"},
		{"jose", "oauth", "profiles"},
		{"oidc", "wire", "metadata", "loopback", "store"},
		{"fapi", "hint", "profile", "op", "grant", "check", "render"},
		{"cmd"},
		{"cmd/oauthctl"},
	}
}

// layer names the package of a folder as rows does.
func layer(dir string) string { return strings.TrimPrefix(dir, "internal/") }

func rank(name string) (row, column int, ok bool) {
	for i, r := range rows() {
		if j := slices.Index(r, name); j >= 0 {
			return i, j, true
		}
	}
	return 0, 0, false
}

// imports yields the import paths of a file with their places.
func (s source) imports() iter.Seq2[string, token.Pos] {
	return func(yield func(string, token.Pos) bool) {
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err == nil && !yield(path, spec.Pos()) {
				return
			}
		}
	}
}

func layers(s source) []string {
	name := layer(s.dir())
	row, column, ok := rank(name)
	if !ok {
		return []string{s.at(s.file.Package, "package %s has no layer: give it a place in rows() of internal/tree", name)}
	}
	var out []string
	for path, pos := range s.imports() {
		rest, ours := strings.CutPrefix(path, module+"/")
		if !ours {
			continue
		}
		other := layer(rest)
		otherRow, otherColumn, known := rank(other)
		switch {
		case !known:
			out = append(out, s.at(pos, "import of %s, which has no layer: give it a place in rows() of internal/tree", other))
		case otherRow > row, otherRow == row && otherColumn > column:
			out = append(out, s.at(pos, "%s imports %s, which is above it: lower layers never import higher ones", name, other))
		case other == "op" && name != "cmd":
			out = append(out, s.at(pos, "%s imports op: the embedded provider is for cmd and for tests", name))
		}
	}
	return out
}

// uses visits every use of pkg.Name where pkg is the file's name of an import.
func (s source) uses(visit func(path, name string, pos token.Pos)) {
	names := make(map[string]string)
	for _, spec := range s.file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		local := path[strings.LastIndexByte(path, '/')+1:]
		if spec.Name != nil {
			local = spec.Name.Name
		}
		names[local] = path
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && names[x.Name] != "" {
			visit(names[x.Name], sel.Sel.Name, sel.Pos())
		}
		return true
	})
}

func exits(s source) []string {
	if s.path == "cmd/oauthctl/main.go" {
		return nil
	}
	var out []string
	s.uses(func(path, name string, pos token.Pos) {
		ends := path == "os" && name == "Exit" || path == "syscall" && name == "Exit" ||
			path == "log" && (strings.HasPrefix(name, "Fatal") || strings.HasPrefix(name, "Panic"))
		if ends {
			out = append(out, s.at(pos, "%s.%s ends the process: return an error, main alone turns it into an exit code", path, name))
		}
	})
	return out
}

func viper(s source) []string {
	var out []string
	for path, pos := range s.imports() {
		if path == "github.com/spf13/viper" && s.path != "cmd/config.go" {
			out = append(out, s.at(pos, "imports viper: settings reach a command as filled flags, see cmd/config.go"))
		}
	}
	return out
}

// banned names what must not be linked in, with the reason; a prefix of the import path.
func banned() map[string]string {
	return map[string]string{
		"github.com/alecthomas/chroma":            "megabytes of lexers",
		"github.com/charmbracelet/bubbletea":      "blocks at start on a silent terminal",
		"github.com/charmbracelet/glamour":        "megabytes, slow start",
		"github.com/charmbracelet/huh":            "blocks at start on a silent terminal",
		"github.com/coreos/go-oidc":               "checks less than internal/oidc; an oracle for tests",
		"github.com/lestrrat-go/jwx":              "an oracle for tests",
		"github.com/go-jose/go-jose":              "internal/jose verifies; an oracle for tests",
		"github.com/ory/fosite":                   "hundreds of modules",
		"github.com/russross/blackfriday":         "work at init",
		"github.com/santhosh-tekuri/jsonschema":   "4 ms at start",
		"github.com/spf13/cobra/doc":              "blackfriday at init",
		"go.opentelemetry.io/otel/exporters/otlp": "gRPC and protobuf",
		"k8s.io/client-go":                        "tens of megabytes",
		"math/rand":                               "not for secrets; crypto/rand has everything needed",
		"net/http/cookiejar":                      "50 kB; the robot keeps its own cookies",
		"golang.org/x/net/html":                   "126 kB at init; the robot reads our own pages by itself",
		"html/template":                           "looks methods up by name, so that no unused one is dropped: 3.5 MB",
		"text/template":                           "looks methods up by name, so that no unused one is dropped: 3.5 MB",
		"testing":                                 "registers flags; test helpers live in _test files",
	}
}

func forbidden(s source) []string {
	var out []string
	for path, pos := range s.imports() {
		for prefix, reason := range banned() {
			if path == prefix || strings.HasPrefix(path, prefix+"/") {
				out = append(out, s.at(pos, "imports %s: keep it out of the binary (%s)", path, reason))
			}
		}
	}
	return out
}

// pure judges the packages that only turn values into values: a clock is handed in, bytes come and go by argument.
func pure(s source) []string {
	if !slices.Contains([]string{"oauth", "jose", "oidc", "fapi"}, layer(s.dir())) {
		return nil
	}
	var out []string
	for path, pos := range s.imports() {
		if slices.Contains([]string{"io/ioutil", "log", "log/slog", "net", "os", "os/exec", "syscall"}, path) {
			out = append(out, s.at(pos, "imports %s: a message package does no I/O", path))
		}
	}
	clock := []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"}
	carriers := []string{"Client", "DefaultClient", "DefaultTransport", "Get", "Head", "NewRequest", "NewRequestWithContext", "Post", "PostForm", "Transport"}
	s.uses(func(path, name string, pos token.Pos) {
		switch {
		case path == "time" && slices.Contains(clock, name):
			out = append(out, s.at(pos, "time.%s: take the time as an argument", name))
		case path == "net/http" && slices.Contains(carriers, name):
			out = append(out, s.at(pos, "http.%s: requests are sent by internal/wire", name))
		case path == "fmt" && (strings.HasPrefix(name, "Print") || strings.HasPrefix(name, "Scan")):
			out = append(out, s.at(pos, "fmt.%s: a message package prints nothing", name))
		}
	})
	return out
}

const longest = 400

func short(s source) []string {
	if s.lines <= longest {
		return nil
	}
	return []string{fmt.Sprintf("%s:%d: the file has %d lines, more than %d: split it by subject", s.path, longest, s.lines, longest)}
}

func unfinished(s source) []string {
	var out []string
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			for _, mark := range []string{"TODO", "FIXME", "XXX", "HACK"} {
				if strings.Contains(c.Text, mark) {
					out = append(out, s.at(c.Pos(), "%s in a comment: finish it, or say why it is as it is", mark))
				}
			}
		}
	}
	return out
}
