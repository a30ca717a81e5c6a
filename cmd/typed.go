package cmd

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// The keys that mean something while a line is typed.
const (
	ctrlC     = 0x03
	ctrlD     = 0x04
	backspace = 0x08
	ctrlU     = 0x15
	deletion  = 0x7f
)

// typedLine reads one line from a terminal. The terminal's own line editor cuts what is pasted at 4095 bytes, which an
// address with an ID token in it exceeds, so it is switched off for as long as this takes.
func (app *App) typedLine(from io.Reader) (string, error) {
	state, err := term.MakeRaw(app.inFD)
	if err != nil {
		return "", &problem.Error{Kind: problem.Internal, Code: "login.paste", Message: "reading the terminal: " + err.Error(), Cause: err}
	}
	defer func() {
		_ = term.Restore(app.inFD, state)
		_, _ = io.WriteString(app.Err, "\n")
	}()
	var line typed
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		for _, key := range buffer[:n] {
			if done, err := line.key(key, app.Err); done || err != nil {
				return strings.TrimSpace(line.String()), err
			}
		}
		if err != nil || line.Len() > maxInput {
			return strings.TrimSpace(line.String()), err
		}
	}
}

// typed is a line as it grows.
type typed struct{ strings.Builder }

// key takes one key, and says whether the line is finished. What can be seen is echoed.
func (t *typed) key(key byte, echo io.Writer) (done bool, err error) {
	switch {
	case key == '\r' || key == '\n':
		return true, nil
	case key == ctrlC:
		return true, signalError{os.Interrupt}
	case key == ctrlD && t.Len() == 0:
		return true, errClosed()
	case key == ctrlU:
		t.Reset()
		_, _ = io.WriteString(echo, "\r\n")
	case key == backspace || key == deletion:
		if kept := t.String(); kept != "" {
			t.Reset()
			t.WriteString(kept[:len(kept)-1])
			_, _ = io.WriteString(echo, "\b \b")
		}
	case key > ' ' && key < deletion: // all that an address consists of
		t.WriteByte(key)
		_, _ = echo.Write([]byte{key})
	}
	return false, nil
}

// errClosed is the end of stdin where a line was wanted.
func errClosed() error {
	return &problem.Error{
		Kind: problem.Interaction, Code: "login.paste", Message: "reading the pasted URL: standard input is closed", Cause: io.EOF,
		Hint: "paste the final URL as one line, or pipe it in: the address to which the browser was sent",
	}
}
