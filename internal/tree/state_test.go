package tree

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// state allows at package level: sentinels, regular expressions, embedded files, interface assertions, tables written
// as literals, and the words that the linker fills in cmd/version.go. Anything else is state, or work at start-up.
func state(s source) []string {
	var out []string
	for _, decl := range s.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name == "init" {
				out = append(out, s.at(d.Pos(), "func init: do it where it is needed, start-up pays for it every time"))
			}
		case *ast.GenDecl:
			if d.Tok != token.VAR {
				continue
			}
			for _, spec := range d.Specs {
				out = append(out, s.variable(d, spec.(*ast.ValueSpec))...)
			}
		}
	}
	return out
}

func (s source) variable(d *ast.GenDecl, v *ast.ValueSpec) []string {
	if embedded(d.Doc) || embedded(v.Doc) || s.path == "cmd/version.go" && linked(v) {
		return nil
	}
	if len(v.Values) == 0 {
		return []string{s.at(v.Pos(), "var %s: mutable state at package level; hand it down from cmd", v.Names[0].Name)}
	}
	var out []string
	for i, value := range v.Values {
		name := v.Names[min(i, len(v.Names)-1)].Name
		if name == "_" {
			continue
		}
		if why := constant(value); why != "" {
			out = append(out, s.at(value.Pos(), "var %s: %s; only sentinels, regexps and literal tables live at package level", name, why))
		}
	}
	return out
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// linked says whether a variable is one that -ldflags -X sets at release: strings, all of them.
func linked(v *ast.ValueSpec) bool {
	for _, value := range v.Values {
		if lit, ok := value.(*ast.BasicLit); !ok || lit.Kind != token.STRING {
			return false
		}
	}
	return len(v.Values) == len(v.Names)
}

// constant returns why a value is not fit for package level, or an empty string.
func constant(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.CompositeLit:
		return literal(x)
	case *ast.UnaryExpr:
		if lit, ok := x.X.(*ast.CompositeLit); ok && x.Op == token.AND {
			return literal(lit)
		}
	case *ast.CallExpr:
		return called(x)
	}
	return "it is not a literal"
}

// literal judges what stands inside a table: anything but calls that do work. Function literals run later.
func literal(lit *ast.CompositeLit) string {
	why := ""
	ast.Inspect(lit, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if why == "" {
				why = called(x)
			}
		}
		return why == ""
	})
	return why
}

// called allows sentinels, regexps, small constructors and conversions: T(x) of one argument where T is a type's name
// (a capital or a predeclared one) or a type expression.
func called(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.SelectorExpr:
		x, ok := fun.X.(*ast.Ident)
		if !ok {
			break
		}
		name := x.Name + "." + fun.Sel.Name
		if slices.Contains([]string{"errors.New", "regexp.MustCompile", "big.NewInt", "strings.NewReplacer"}, name) {
			return ""
		}
		return "it calls " + name + " at start-up"
	case *ast.ArrayType:
		return ""
	case *ast.Ident:
		predeclared := []string{"byte", "float64", "int", "int64", "rune", "string", "uint", "uint16", "uint32", "uint64"}
		if len(call.Args) == 1 && (ast.IsExported(fun.Name) || slices.Contains(predeclared, fun.Name)) {
			return ""
		}
		return "it calls " + fun.Name + " at start-up"
	}
	return "it calls a function at start-up"
}
