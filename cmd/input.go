package cmd

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// readLine reads one line of stdin, of any length up to a bound, and gives up with the context.
func (app *App) readLine(ctx context.Context) (string, error) {
	if app.InTTY {
		return app.typedLine(ctx)
	}
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := bufio.NewReader(io.LimitReader(app.In, maxInput)).ReadString('\n')
		done <- result{strings.TrimSpace(line), err}
	}()
	select {
	case r := <-done:
		if r.line == "" && errors.Is(r.err, io.EOF) {
			return "", errClosed()
		}
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return "", problem.Usagef("input.file", "reading standard input: %v", pathCause(r.err))
		}
		return r.line, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// takeStdin reserves stdin for one reader.
func (app *App) takeStdin(reader string) error {
	if app.stdin != "" {
		return problem.Usagef("usage.stdin", "standard input can be read once, and two inputs ask for it")
	}
	app.stdin = reader
	return nil
}

// tokenArgument is the text of [FILE|-|TOKEN]: an argument with two or more dots that names no file is a token, and
// no argument reads stdin, unless it is a terminal.
func (app *App) tokenArgument(args []string) ([]byte, error) {
	if len(args) == 0 {
		if app.InTTY {
			return nil, problem.Usagef("usage.arguments", "no token was given").
				WithHint("name a file, give the token itself, or pipe it in")
		}
		args = []string{"-"}
	}
	argument := args[0]
	if argument != "-" && looksLikeToken(argument) {
		if _, err := os.Stat(argument); err != nil {
			return []byte(argument), nil //nolint:nilerr // no such file: it is the token itself
		}
	}
	data, err := app.readInput(argument, maxTokens)
	if err != nil {
		if brief(argument) != argument && !strings.ContainsAny(argument, `/\`) {
			return nil, problem.Usagef("input.file", "the argument %s is neither a file nor a JWT", brief(argument)).
				WithHint("a JWT has three parts with dots between them; an opaque token only its provider can read: oauthctl introspect")
		}
		return nil, err
	}
	if len(strings.TrimSpace(string(data))) == 0 {
		return nil, problem.Usagef("usage.empty", "%s holds no token", inputName(argument))
	}
	return data, nil
}

// maxTokens bounds what jwt reads: many tokens, one a line.
const maxTokens = 256 << 20

func looksLikeToken(argument string) bool {
	return strings.Count(argument, ".") >= 2
}

// forgive strips what a pasted token often carries, and says so.
func (app *App) forgive(token string) string {
	trimmed := strings.TrimSpace(token)
	switch token {
	case trimmed:
	case trimmed + "\n", trimmed + "\r\n":
		app.notice("note: the newline after the token was removed")
	default:
		app.notice("note: white space around the token was removed")
	}
	for _, scheme := range []string{"Authorization: ", "Bearer ", "DPoP "} {
		if len(trimmed) > len(scheme) && strings.EqualFold(trimmed[:len(scheme)], scheme) {
			app.warn(verdict.Check{Rule: "jose.parts", Spec: "RFC 6750 §2.1", Got: "the prefix " + strings.TrimSpace(scheme) + " is not part of the token, and was removed"})
			trimmed = strings.TrimSpace(trimmed[len(scheme):])
		}
	}
	return trimmed
}
