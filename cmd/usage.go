package cmd

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/grant"
)

// showUsage is the help of a command: what it does, how it is called, its flags in groups, what comes out of it. On a
// terminal lines are broken where it ends; elsewhere a flag stays on one line, for grep.
func (app *App) showUsage(c *cobra.Command, _ []string) {
	w := c.OutOrStdout()
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	fmt.Fprintln(w, strings.TrimRight(reflow(long, app.Columns), "\n"))
	if !c.Runnable() && !c.HasSubCommands() {
		return // a topic
	}
	fmt.Fprintf(w, "\nUsage:\n  %s\n", useLine(c))
	section(w, "Examples:", c.Example)
	section(w, `Try it, with "oauthctl serve --write-keys keys" in another terminal:`, trial(c.CommandPath()))
	app.listCommands(w, c)
	local := c.LocalFlags() // makes the inherited ones known, too
	titles, titleOf := titled(local)
	for _, title := range titles {
		app.listFlags(w, title, local, func(f *pflag.Flag) bool {
			return c.Root().PersistentFlags().Lookup(f.Name) == nil && title == cmp.Or(titleOf[f.Name], otherFlags)
		})
	}
	if c.HasParent() && c.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n\"%s COMMAND --help\" says more.\n\"oauthctl --help\" lists the flags of every command.\n", c.CommandPath())
		return
	}
	app.listFlags(w, "Flags of every command:", c.Root().PersistentFlags(), func(*pflag.Flag) bool { return true })
	listOutcome(w, c, app.Columns)
	if !c.HasParent() {
		fmt.Fprint(w, "\n\"oauthctl COMMAND --help\" says more about a command.\n")
	}
}

func section(w io.Writer, title, body string) {
	if body != "" {
		fmt.Fprintf(w, "\n%s\n%s\n", title, body)
	}
}

func useLine(c *cobra.Command) string {
	if c.HasAvailableSubCommands() {
		return c.CommandPath() + " COMMAND [flags]"
	}
	return c.UseLine()
}

// listCommands lists the subcommands by their groups, and the topics that help has besides.
func (app *App) listCommands(w io.Writer, c *cobra.Command) {
	list := func(title string, rows [][2]string) {
		if len(rows) > 0 {
			fmt.Fprintf(w, "\n%s\n", title)
			app.columns(w, rows)
		}
	}
	in := func(group string) (rows [][2]string) {
		for _, sub := range c.Commands() {
			if sub.GroupID == group && (sub.IsAvailableCommand() || sub.Name() == "help") {
				rows = append(rows, [2]string{sub.Name(), sub.Short})
			}
		}
		return rows
	}
	for _, group := range c.Groups() {
		list(group.Title, in(group.ID))
	}
	list("Commands:", in(""))
	var topics [][2]string
	for _, sub := range c.Commands() {
		if sub.IsAdditionalHelpTopicCommand() {
			topics = append(topics, [2]string{"oauthctl help " + sub.Name(), sub.Short})
		}
	}
	list("More to read:", topics)
}

// otherFlags is the title of the flags of one command alone.
const otherFlags = "Flags:"

// flagGroups are the flags that commands share, by their titles and in their order, with what declares them. A command has
// the group if it has the flag that is its sign: --client-id alone is no group, and --scope means something else elsewhere.
func flagGroups() []flagGroup {
	return []flagGroup{
		{"The provider:", "metadata-url", new(providerOptions).flags},
		{"The client:", "client-secret-file", new(clientOptions).flags},
		{"What is asked for:", "token-param", new(requestOptions).flags},
		{"The authorization request:", "response-mode", new(grant.AuthCode).Flags},
		{"Tokens bound to a key:", "dpop-key", new(dpopOptions).issueFlags},
		{"How answers are checked:", "decryption-key", func(f *pflag.FlagSet) {
			new(trustOptions).flags(f)
			new(fapiOptions).flags(f)
		}},
	}
}

type flagGroup struct {
	title, sign string
	declare     func(*pflag.FlagSet)
}

// titled returns the titles under which a command's flags stand, in order, and that of each flag in a group.
func titled(flags *pflag.FlagSet) (titles []string, of map[string]string) {
	titles, of = []string{otherFlags}, make(map[string]string)
	for _, g := range flagGroups() {
		titles = append(titles, g.title)
		if flags.Lookup(g.sign) == nil {
			continue
		}
		declared := pflag.NewFlagSet("", pflag.ContinueOnError)
		g.declare(declared)
		declared.VisitAll(func(f *pflag.Flag) { of[f.Name] = g.title })
	}
	return titles, of
}

func (app *App) listFlags(w io.Writer, title string, flags *pflag.FlagSet, wanted func(*pflag.Flag) bool) {
	var rows [][2]string
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && wanted(f) {
			rows = append(rows, flagRow(f))
		}
	})
	if len(rows) > 0 {
		fmt.Fprintf(w, "\n%s\n", title)
		app.columns(w, rows)
	}
}

// flagRow is "-o, --output FORMAT" or "--dpop[=ALG]", and what the flag does, with its default.
func flagRow(f *pflag.Flag) [2]string {
	value, usage := pflag.UnquoteUsage(f)
	label := "    --" + f.Name
	if f.Shorthand != "" {
		label = "-" + f.Shorthand + ", --" + f.Name
	}
	switch {
	case f.Value.Type() == "bool":
	case f.NoOptDefVal != "":
		label += "[=" + value + "]"
	default:
		label += " " + value
	}
	if !strings.Contains(usage, "(default") && !slices.Contains([]string{"", "false", "0", "0s", "[]"}, f.DefValue) {
		standard := f.DefValue
		if round, ok := strings.CutSuffix(standard, "m0s"); ok { // as people write 5m
			standard = round + "m"
		}
		usage += " (default " + standard + ")"
	}
	return [2]string{label, usage}
}

// columns prints names and what they are. A name too long for its column has a line of its own.
func (app *App) columns(w io.Writer, rows [][2]string) {
	const widest = 34
	width := 0
	for _, row := range rows {
		if n := len(row[0]); n <= widest {
			width = max(width, n)
		}
	}
	indent := strings.Repeat(" ", width+4)
	for _, row := range rows {
		lines := []string{row[1]}
		if app.Columns > 0 {
			lines = wrap(row[1], max(app.Columns-len(indent), 30))
		}
		if len(row[0]) > width {
			fmt.Fprintf(w, "  %s\n%s%s\n", row[0], indent, strings.Join(lines, "\n"+indent))
			continue
		}
		fmt.Fprintf(w, "  %-*s  %s\n", width, row[0], strings.Join(lines, "\n"+indent))
	}
}

// wrap breaks a line at spaces, so that no part is longer than width where its words allow.
func wrap(line string, width int) (lines []string) {
	current, length := "", 0
	for _, word := range strings.Fields(line) {
		n := utf8.RuneCountInString(word)
		if current != "" && length+1+n > width {
			lines, current, length = append(lines, current), "", 0
		}
		if current != "" {
			current, length = current+" ", length+1
		}
		current, length = current+word, length+n
	}
	return append(lines, current)
}

// reflow breaks the paragraphs of a text where the terminal ends. What is indented, a table or a sample, stays as it is.
func reflow(long string, columns int) string {
	if columns == 0 {
		return long
	}
	paragraphs := strings.Split(long, "\n\n")
	for i, p := range paragraphs {
		if !strings.ContainsAny(p[:min(1, len(p))], " \t#") && !strings.Contains(p, "\n ") {
			paragraphs[i] = strings.Join(wrap(p, min(columns, 100)), "\n")
		}
	}
	return strings.Join(paragraphs, "\n\n")
}
