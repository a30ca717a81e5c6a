package cmd

import (
	"bytes"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/text"
)

const formatJUnit = "junit"

//nolint:gochecknoglobals // a constant table
var cardFormats = []string{formatText, formatJSON, formatJUnit}

// cardRow is what a client is worth at one issuer; it marshals to a member of the JSON report.
type cardRow struct {
	Name     string     `json:"name"`
	Group    string     `json:"group"`
	Flow     string     `json:"flow"`
	Spec     string     `json:"spec"`
	Provider string     `json:"provider"`
	Expect   op.Expect  `json:"expect"`
	Must     string     `json:"must"`
	Issuer   string     `json:"issuer,omitempty"`
	Verdict  op.Verdict `json:"verdict,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	Did      []string   `json:"did,omitempty"`
}

func faultRow(f op.Fault) cardRow {
	return cardRow{Name: f.Name, Group: f.Group, Flow: f.Flow, Spec: f.Spec, Provider: f.Short, Expect: f.Expect, Must: f.Must}
}

// reportCard is the whole report. The issuers that behave are in it, and count only where they are missed.
type reportCard struct {
	Caught       int       `json:"caught"`
	Missed       int       `json:"missed"`
	NotExercised int       `json:"not_exercised"`
	Faults       []cardRow `json:"faults"`
}

func (c *reportCard) add(t *op.Trial, r op.Result) {
	row := faultRow(t.Fault)
	row.Issuer, row.Verdict, row.Reason, row.Did = t.Issuer, r.Verdict, r.Reason, r.Did
	c.Faults = append(c.Faults, row)
	control := t.Fault.Group == op.GroupControl
	switch {
	case r.Verdict == op.Missed:
		c.Missed++
	case r.Verdict == op.Caught && !control:
		c.Caught++
	case !control:
		c.NotExercised++
	}
}

func (c *reportCard) passed() bool { return c.Missed == 0 && c.Caught > 0 }

func (c *reportCard) render(app *App) []byte {
	switch app.format {
	case formatJSON:
		return render.JSON(c)
	case formatJUnit:
		return c.junit()
	}
	return c.text(app.outTheme(), verbosity(app.global.verbose))
}

// text lists what was caught and what was missed by group, the latter with what should have been; then, by reason, what
// was not exercised.
func (c *reportCard) text(theme render.Theme, every verbosity) []byte {
	var out bytes.Buffer
	for rows := range groups(c.Faults) {
		rows = slices.DeleteFunc(slices.Clone(rows), func(r cardRow) bool { return r.Verdict == op.NotExercised && !bool(every) })
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintln(&out, theme.Heading.Render(rows[0].Group))
		for _, r := range rows {
			r.line(&out, theme)
		}
		fmt.Fprintln(&out)
	}
	c.unexercised(&out, theme)
	fmt.Fprintf(&out, "%d caught, %d missed, %d not exercised\n", c.Caught, c.Missed, c.NotExercised)
	return out.Bytes()
}

// verbosity says that every row is wanted.
type verbosity bool

// line shows one fault; a missed one with what a client must do.
func (r cardRow) line(out *bytes.Buffer, theme render.Theme) {
	style := map[op.Verdict]func(...string) string{
		op.Caught: theme.Pass.Render, op.Missed: theme.Fail.Render, op.NotExercised: theme.Dim.Render,
	}[r.Verdict]
	fmt.Fprintf(out, "  %s%s  %-26s  %s\n", style(string(r.Verdict)), strings.Repeat(" ", len(op.NotExercised)-len(r.Verdict)), r.Name, text.Escape(r.Reason))
	if r.Verdict != op.Missed {
		return
	}
	fmt.Fprintf(out, "    provider  %s (%s)\n    client    must %s: %s\n    it        %s\n", r.Provider, r.Spec, r.Expect, r.Must, orDash(strings.Join(r.Did, "; ")))
}

// unexercised shows what was not exercised, by reason.
func (c *reportCard) unexercised(out *bytes.Buffer, theme render.Theme) {
	var reasons []string
	names := make(map[string][]string)
	for _, r := range c.Faults {
		if r.Verdict != op.NotExercised || r.Group == op.GroupControl {
			continue
		}
		if names[r.Reason] == nil {
			reasons = append(reasons, r.Reason)
		}
		names[r.Reason] = append(names[r.Reason], r.Name)
	}
	if len(reasons) == 0 {
		return
	}
	fmt.Fprintln(out, theme.Heading.Render("not exercised"))
	for _, reason := range reasons {
		fmt.Fprintf(out, "  %s: %s\n", text.Escape(reason), strings.Join(names[reason], " "))
	}
	fmt.Fprintln(out)
}

// groups yields the rows group by group, in the order in which the groups begin.
func groups(rows []cardRow) func(func([]cardRow) bool) {
	return func(yield func([]cardRow) bool) {
		var order []string
		of := make(map[string][]cardRow)
		for _, r := range rows {
			if of[r.Group] == nil {
				order = append(order, r.Group)
			}
			of[r.Group] = append(of[r.Group], r)
		}
		for _, group := range order {
			if !yield(of[group]) {
				return
			}
		}
	}
}

// junit writes the report as other tools read it: a suite for each group, a case for each fault.
func (c *reportCard) junit() []byte {
	var out bytes.Buffer
	quote := func(s string) string { return html.EscapeString(text.Escape(s)) }
	fmt.Fprintf(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%d\" failures=\"%d\" skipped=\"%d\">\n",
		len(c.Faults), c.Missed, c.count(op.NotExercised))
	for rows := range groups(c.Faults) {
		in := reportCard{Faults: rows}
		fmt.Fprintf(&out, "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" skipped=\"%d\">\n",
			quote(rows[0].Group), len(rows), in.count(op.Missed), in.count(op.NotExercised))
		for _, r := range rows {
			fmt.Fprintf(&out, "    <testcase classname=\"%s\" name=\"%s\">", quote(r.Group), quote(r.Name))
			switch r.Verdict {
			case op.Missed:
				fmt.Fprintf(&out, "<failure message=\"%s\">the provider: %s (%s)&#10;a client must %s: %s&#10;it: %s</failure>",
					quote(r.Reason), quote(r.Provider), quote(r.Spec), quote(string(r.Expect)), quote(r.Must), quote(strings.Join(r.Did, "; ")))
			case op.NotExercised:
				fmt.Fprintf(&out, "<skipped message=\"%s\"/>", quote(r.Reason))
			case op.Caught:
			}
			fmt.Fprintln(&out, "</testcase>")
		}
		fmt.Fprintln(&out, "  </testsuite>")
	}
	fmt.Fprintln(&out, "</testsuites>")
	return out.Bytes()
}

func (c *reportCard) count(v op.Verdict) (n int) {
	for _, r := range c.Faults {
		if r.Verdict == v {
			n++
		}
	}
	return n
}

// faultList is what serve --list-faults prints.
func faultList(theme render.Theme, format string) []byte {
	rows := []cardRow{}
	for _, f := range op.Faults() {
		rows = append(rows, faultRow(f))
	}
	if format == formatJSON {
		return render.JSON(rows)
	}
	var out bytes.Buffer
	for group := range groups(rows) {
		if out.Len() > 0 {
			fmt.Fprintln(&out)
		}
		var cells [][]string
		for _, r := range group {
			cells = append(cells, []string{r.Name, r.Provider, r.Spec, string(r.Expect) + ": " + r.Must})
		}
		render.Table(&out, theme, []string{strings.ToUpper(group[0].Group), "THE PROVIDER", "SPECIFICATION", "A CORRECT CLIENT"}, cells)
	}
	return out.Bytes()
}
