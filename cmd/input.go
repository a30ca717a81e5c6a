package cmd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// maxInput bounds what is read from a file or stdin for one value.
const maxInput = 1 << 20

// readLine reads one line of stdin, of any length up to a bound, and gives up with the context.
func (app *App) readLine(ctx context.Context) (string, error) {
	from := interruptible{ctx, app.In}
	if app.InTTY {
		return app.typedLine(from)
	}
	line, err := bufio.NewReader(io.LimitReader(from, maxInput)).ReadString('\n')
	line = strings.TrimSpace(line)
	switch {
	case err == nil || errors.Is(err, io.EOF) && line != "":
		return line, nil
	case errors.Is(err, io.EOF):
		return "", errClosed()
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	}
	return "", badRead("standard input", err)
}

// takeStdin reserves stdin for one reader.
func (app *App) takeStdin(reader string) error {
	if app.stdin != "" {
		return problem.Usagef("usage.stdin", "standard input can be read once, and two inputs ask for it")
	}
	app.stdin = reader
	return nil
}

// pathCause drops the path and operation of an error that names its path already.
func pathCause(err error) error {
	switch e := err.(type) { //nolint:errorlint // only the outermost is redundant
	case *os.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}

// wholeStdin reserves stdin, to be read to its end. A person at a terminal is told how to end it.
func (app *App) wholeStdin(reader string) (io.ReadCloser, error) {
	err := app.takeStdin(reader)
	if err == nil && app.InTTY {
		end := "Ctrl-D"
		if app.GOOS == "windows" {
			end = "Ctrl-Z and Enter"
		}
		app.notice("reading from the terminal; %s on a line of its own ends it", end)
	}
	return io.NopCloser(app.In), err
}

// openStream opens a file, or stdin for "-".
func (app *App) openStream(path string) (io.ReadCloser, error) {
	if path == "-" {
		return app.wholeStdin("-")
	}
	f, err := os.Open(path)
	if err != nil && looksLikeValue(path) {
		return nil, problem.Usagef("input.file", "there is no file of that name, of %d characters, which is not shown: it may be a secret or a token", len(path)).
			WithHint("the flag takes the name of a file that holds the value, and - for standard input")
	}
	if err != nil {
		return nil, badRead(path, err)
	}
	return f, nil
}

// looksLikeValue says whether what was given as a file's name may be what should stand in the file.
func looksLikeValue(name string) bool {
	if strings.ContainsAny(name, `/\`) {
		return false
	}
	return len(name) > 32 || len(name) > 12 && !strings.Contains(name, ".") && strings.ContainsAny(name, "0123456789")
}

// readInput reads a file, or stdin for "-", up to maxInput.
func (app *App) readInput(path string) ([]byte, error) {
	from, err := app.openStream(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	return readBounded(from, inputName(path), maxInput)
}

// inline reads a value that stands in its flag, or in a file that the flag names as @FILE.
func (app *App) inline(value string) ([]byte, error) {
	if path, ok := strings.CutPrefix(value, "@"); ok {
		return app.readInput(path)
	}
	return []byte(value), nil
}

func readBounded(from io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err != nil {
		return nil, badRead(name, err)
	}
	if int64(len(data)) > limit {
		return nil, problem.Usagef("input.size", "reading %s: more than %d bytes", name, limit)
	}
	return data, nil
}

func badRead(name string, err error) error {
	if told, ok := errors.AsType[*problem.Error](err); ok {
		return told
	}
	return problem.Usagef("input.file", "reading %s: %v", name, pathCause(err)).WithHint("check the path and who may read it; - stands for standard input")
}

func inputName(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}

// secretFile reads a secret, which must not be empty, from a file or stdin.
func (app *App) secretFile(what, path string) (secret.Secret, error) {
	data, err := app.readInput(path)
	if err != nil {
		return secret.Secret{}, err
	}
	value := secret.FromInput(string(data))
	if value.IsZero() {
		return secret.Secret{}, problem.Usagef("usage.empty", "%s holds no %s", inputName(path), what).WithHint(emptyHint)
	}
	app.ring.Add(value)
	return value, nil
}

// password reads that of an encrypted file; none where no file holds one.
func (app *App) password(file string) (secret.Secret, error) {
	if file == "" {
		return secret.Secret{}, nil
	}
	return app.secretFile("password", file)
}

// openTokens opens [FILE|-|TOKEN]: an argument with two or more dots that names no file is a token, and no argument
// reads stdin, unless it is a terminal.
func (app *App) openTokens(ctx context.Context, args []string) (from io.ReadCloser, name string, err error) {
	if len(args) == 0 {
		if app.InTTY {
			return nil, "", problem.Usagef("usage.arguments", "no token was given").
				WithHint("name a file, give the token itself, or pipe it in")
		}
		args = []string{"-"}
	}
	argument := args[0]
	if argument != "-" && looksLikeToken(argument) {
		if _, err := os.Stat(argument); err != nil {
			return io.NopCloser(strings.NewReader(argument)), brief(argument), nil //nolint:nilerr // no such file: it is the token itself
		}
	}
	from, err = app.openStream(argument)
	if err != nil && brief(argument) != argument && !strings.ContainsAny(argument, `/\`) {
		err = problem.Usagef("input.file", "the argument %s is neither a file nor a JWT", brief(argument)).
			WithHint("a JWT has three parts with dots between them; an opaque token only its provider can read: oauthctl introspect")
	}
	if file, ok := from.(*os.File); ok { // which may be a pipe with nothing in it; stdin is interruptible already
		from = readCloser{interruptible{ctx, file}, file}
	}
	if err != nil {
		return nil, "", err
	}
	name = inputName(argument)
	return readCloser{&unmarked{from: from, name: name, notice: app.notice}, from}, name, nil
}

// unmarked leaves a byte order mark out, and says so; UTF-16 it refuses.
type unmarked struct {
	from   io.Reader
	name   string
	notice func(string, ...any)
	begun  bool
	head   []byte
}

func (u *unmarked) Read(p []byte) (int, error) {
	if !u.begun {
		u.begun = true
		head := make([]byte, len("\ufeff"))
		n, err := io.ReadFull(u.from, head)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF { // they come as they are
			return 0, err
		}
		u.head = head[:n]
		if string(u.head) == "\ufeff" {
			u.head = u.head[:0]
			u.notice("note: the byte order mark before the token was removed")
		} else if mark := text.Marked(string(u.head)); mark != "" {
			return 0, problem.Usagef("input.encoding", "reading %s: it has %s", u.name, mark).WithHint(text.UnmarkedHint)
		}
	}
	if len(u.head) > 0 {
		n := copy(p, u.head)
		u.head = u.head[n:]
		return n, nil
	}
	return u.from.Read(p)
}

// readCloser reads here, and closes there.
type readCloser struct {
	io.Reader
	io.Closer
}

// tokenArgument is the text of [FILE|-|TOKEN].
func (app *App) tokenArgument(ctx context.Context, args []string) ([]byte, error) {
	from, name, err := app.openTokens(ctx, args)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	data, err := io.ReadAll(io.LimitReader(from, maxLine+1))
	switch {
	case err != nil:
		return nil, badRead(name, err)
	case len(data) > maxLine: // no more is kept than a token can have
		rest, _ := io.Copy(io.Discard, io.LimitReader(from, maxCounted))
		return nil, fmt.Errorf("decoding the token: %w", jose.TooLong(len(data)+int(rest)))
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errNoToken(name)
	}
	return data, nil
}

// emptyHint is for input with nothing in it: mostly the program before the pipe has failed.
const emptyHint = "whatever was to write it wrote nothing: run that alone, and look at its errors"

func errNoToken(name string) error {
	return problem.Usagef("usage.empty", "%s holds no token", name).WithHint(emptyHint)
}

// maxCounted bounds how much of an input that is too long is counted.
const maxCounted = 256 << 20

func looksLikeToken(argument string) bool {
	return strings.Count(argument, ".") >= 2
}

// forgive strips what a pasted token often carries, and says so.
func (app *App) forgive(token string) string {
	switch trimmed := strings.TrimSpace(token); token {
	case trimmed:
	case trimmed + "\n", trimmed + "\r\n":
		app.notice("note: the newline after the token was removed")
	default:
		app.notice("%s", noteSpace)
	}
	return app.withoutScheme(token)
}

const noteSpace = "note: white space around the token was removed"

func spaced(token string) bool { return strings.TrimSpace(token) != token }

// withoutScheme strips white space in silence, and the words of a header with a warning.
func (app *App) withoutScheme(token string) string {
	trimmed := strings.TrimSpace(token)
	for _, scheme := range []string{"Authorization: ", "Bearer ", "DPoP "} {
		if len(trimmed) > len(scheme) && strings.EqualFold(trimmed[:len(scheme)], scheme) {
			app.warn(verdict.Check{Rule: "jose.parts", Spec: "RFC 6750 §2.1", Got: "the prefix " + strings.TrimSpace(scheme) + " is not part of the token, and was removed"})
			trimmed = strings.TrimSpace(trimmed[len(scheme):])
		}
	}
	if n := len(trimmed); n > 1 && strings.ContainsAny(trimmed[:1], "\"'") && trimmed[0] == trimmed[n-1] {
		app.warn(verdict.Check{Rule: "jose.parts", Spec: "RFC 7515 §7.1", Got: "the quotation marks are not part of the token, and were removed", Hint: "jq -r prints without them"})
		trimmed = trimmed[1 : n-1]
	}
	return trimmed
}
