package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Error prints an error for a person: one line, the two values where two were compared, the next step. Problems
// carry hostile text in Want, Got and Answer; it is escaped here.
func Error(w io.Writer, theme Theme, err error) {
	p := problem.As(err)
	fmt.Fprintf(w, "%s %s%s\n", theme.Fail.Render("oauthctl:"), text.Escape(err.Error()), specSuffix(theme, reference(p)))
	if p.Answer != nil && p.Answer.URI != "" {
		fmt.Fprintf(w, "  see: %s\n", text.Escape(p.Answer.URI))
	}
	compared(w, p.Want, p.Got)
	if p.Hint != "" {
		fmt.Fprintf(w, "%s %s\n", theme.Bold.Render("hint:"), indentRest(p.Hint))
	}
}

// reference is the rule that failed and its specification: the rule's name is what documentation is searched for.
func reference(p *problem.Error) string {
	if p.Kind != problem.Verification {
		return p.Spec
	}
	return strings.TrimSuffix(p.Code+", "+p.Spec, ", ")
}

func specSuffix(theme Theme, spec string) string {
	if spec == "" {
		return ""
	}
	return theme.Dim.Render(" (" + spec + ")")
}

// alike is how many code points two values share at least where one is meant to be the other.
const alike = 4

// compared prints got and want below each other. Where both are single words that begin alike, such as two issuers, a
// caret stands under the first difference.
func compared(w io.Writer, want, got string) {
	want, got = text.Escape(want), text.Escape(got)
	const column = len("  want: ")
	if got != "" {
		fmt.Fprintf(w, "  got:  %s\n", got)
	}
	if want != "" {
		fmt.Fprintf(w, "  want: %s\n", want)
	}
	if got != "" && want != "" && !strings.ContainsAny(want+got, " \t") {
		if caret := text.Caret(want, got, column); len(caret) > column+alike {
			fmt.Fprintln(w, caret)
		}
	}
}

// indentRest keeps the further lines of a hint below its first.
func indentRest(hint string) string {
	lines := strings.Split(hint, "\n")
	for i := range lines {
		lines[i] = text.Escape(lines[i])
	}
	return strings.Join(lines, "\n      ")
}

type jsonError struct {
	Error jsonProblem `json:"error"`
}

type jsonProblem struct {
	Code     string      `json:"code"`
	Kind     string      `json:"kind"`
	Message  string      `json:"message"`
	Spec     string      `json:"spec,omitempty"`
	Want     string      `json:"want,omitempty"`
	Got      string      `json:"got,omitempty"`
	Hint     string      `json:"hint,omitempty"`
	Provider *jsonAnswer `json:"provider,omitempty"`
}

type jsonAnswer struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
	URI         string `json:"error_uri,omitempty"`
	Status      int    `json:"status,omitempty"`
}

// ErrorJSON prints an error as one JSON object on one line.
func ErrorJSON(w io.Writer, err error) {
	p := problem.As(err)
	out := jsonProblem{
		Code: p.Code, Kind: p.Kind.String(), Message: err.Error(),
		Spec: p.Spec, Want: p.Want, Got: p.Got, Hint: p.Hint,
	}
	if p.Answer != nil {
		out.Provider = &jsonAnswer{p.Answer.Error, p.Answer.Description, p.Answer.URI, p.Answer.Status}
	}
	_, _ = w.Write(JSON(jsonError{out}))
}

// Warning prints a warn check on one line: what is odd, what to do, and the rule. A check that compared says what was
// compared; any other says it in a sentence of its own.
func Warning(w io.Writer, theme Theme, c verdict.Check) {
	what, reference := c.Got, strings.TrimSuffix(c.Rule+", "+c.Spec, ", ")
	if c.Want != "" {
		what, reference = fmt.Sprintf("%s: %s, where %s was expected", c.Rule, c.Got, c.Want), c.Spec
	}
	switch {
	case what == "":
		what = c.Hint
	case c.Hint != "":
		what += "; " + c.Hint
	}
	fmt.Fprintf(w, "%s %s%s\n", theme.Warn.Render("warning:"), text.Escape(what), specSuffix(theme, reference))
}
