package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// Table prints rows in columns. Cells may be styled: their width is what is seen.
func Table(w io.Writer, theme Theme, head []string, rows [][]string) {
	widths := make([]int, len(head))
	for i, h := range head {
		widths[i] = lipgloss.Width(h)
	}
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	line := func(cells []string, style func(...string) string) {
		var b strings.Builder
		for i, cell := range cells {
			b.WriteString(style(cell))
			if i < len(cells)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-lipgloss.Width(cell)+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	line(head, theme.Heading.Render)
	for _, row := range rows {
		line(row, func(cells ...string) string { return cells[0] })
	}
}
