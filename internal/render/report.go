package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Checks lists checks, a line each; a failure and a warning say what was got and what to do.
func Checks(w io.Writer, theme Theme, checks verdict.Checks) {
	width := 0
	for _, c := range checks {
		width = max(width, len(c.Rule))
	}
	for _, c := range checks {
		line := fmt.Sprintf("%s %-*s", theme.Mark(c.Status), width, c.Rule)
		if c.Got != "" {
			line += "  " + text.Escape(c.Got)
		}
		if c.Spec != "" {
			line += theme.Dim.Render("  (" + text.Escape(c.Spec) + ")")
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
		indent := strings.Repeat(" ", 4)
		if c.Status == verdict.Fail && c.Want != "" {
			fmt.Fprintf(w, "%swant: %s\n", indent, text.Escape(c.Want))
		}
		if c.Hint != "" && (c.Status == verdict.Fail || c.Status == verdict.Warn) {
			fmt.Fprintf(w, "%shint: %s\n", indent, text.Escape(c.Hint))
		}
	}
}

// tally is the sentence that sums checks up: "12 passed, 1 warning, 2 not checked".
func tally(checks verdict.Checks) string {
	parts := []string{fmt.Sprintf("%d passed", checks.Count(verdict.Pass))}
	if n := checks.Count(verdict.Fail); n > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", n))
	}
	if n := checks.Count(verdict.Warn); n == 1 {
		parts = append(parts, "1 warning")
	} else if n > 1 {
		parts = append(parts, fmt.Sprintf("%d warnings", n))
	}
	if n := checks.Count(verdict.Skip); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not checked", n))
	}
	return strings.Join(parts, ", ")
}
