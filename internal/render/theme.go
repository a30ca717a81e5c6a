// Package render turns results into what people and programs read: summaries, reports, tables, JSON and errors. It
// decides nothing; every word that judges comes with the data.
package render

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Palette says how much a writer may be decorated.
type Palette int

// The palettes: Plain is for pipes, files and NO_COLOR; Colour is for a terminal.
const (
	Plain Palette = iota
	Colour
)

// Theme holds the styles for one writer.
type Theme struct {
	Bold, Dim, Pass, Fail, Warn, Skip, Heading lipgloss.Style
	unicode                                    bool
}

// NewTheme makes the styles. The renderer is told the colours and the background, so that it never asks a terminal,
// which may not answer.
func NewTheme(w io.Writer, palette Palette) Theme {
	profile := termenv.Ascii
	if palette == Colour {
		profile = termenv.ANSI
	}
	r := lipgloss.NewRenderer(w, termenv.WithProfile(profile), termenv.WithTTY(palette == Colour))
	r.SetColorProfile(profile)
	r.SetHasDarkBackground(true)
	colour := func(code string) lipgloss.Style { return r.NewStyle().Foreground(lipgloss.Color(code)) }
	return Theme{
		Bold: r.NewStyle().Bold(true), Dim: r.NewStyle().Faint(true),
		Pass: colour("2"), Fail: colour("1").Bold(true), Warn: colour("3"), Skip: r.NewStyle().Faint(true),
		Heading: r.NewStyle().Bold(true), unicode: palette == Colour,
	}
}

// Mark returns the styled sign of a status: a symbol on a terminal, a word in a pipe.
func (t Theme) Mark(s verdict.Status) string {
	switch s {
	case verdict.Pass:
		return t.Pass.Render(t.sign("✓", "pass"))
	case verdict.Fail:
		return t.Fail.Render(t.sign("✗", "fail"))
	case verdict.Warn:
		return t.Warn.Render(t.sign("!", "warn"))
	default:
		return t.Skip.Render(t.sign("-", "skip"))
	}
}

func (t Theme) sign(symbol, word string) string {
	if t.unicode {
		return symbol
	}
	return word
}
