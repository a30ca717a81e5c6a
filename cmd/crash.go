package cmd

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// maxFrames bounds the stack that a crash shows.
const maxFrames = 64

// lastSteps bounds how long a command that a signal ends may take to end by itself, where it is not one that means to.
const lastSteps = time.Second

// interruptibly runs the command, and leaves it behind where a signal came and it hangs in what knows of no signals, such
// as opening a pipe into which nobody writes.
func (app *App) interruptibly(ctx context.Context, root *cobra.Command) (command string, err error) {
	var ended struct {
		command string
		err     error
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		ended.command, ended.err = app.guarded(ctx, root)
	}()
	select {
	case <-done:
		return ended.command, ended.err
	case <-ctx.Done():
	}
	var hung <-chan time.Time
	if !app.heeding.Load() {
		hung = time.After(lastSteps)
	}
	select {
	case <-done:
		return ended.command, ended.err
	case <-hung:
		return "", context.Cause(ctx)
	}
}

// guarded runs the command, makes an error of a panic, and says which command it was.
func (app *App) guarded(ctx context.Context, root *cobra.Command) (command string, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = app.crashed(value)
		}
	}()
	c, err := root.ExecuteContextC(ctx)
	return c.CommandPath(), err
}

// crashed tells of a panic without its values, any of which may be a secret: what it was about is shown where the
// runtime says it, else by its type, and the stack as functions and lines without their arguments.
func (app *App) crashed(value any) error {
	what := fmt.Sprintf("a panic of type %T", value)
	if thrown, ok := value.(error); ok {
		if fault, ok := errors.AsType[runtime.Error](thrown); ok {
			what = fault.Error()
		}
	}
	callers := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	panicked := false
	for frame, more := frames.Next(); ; frame, more = frames.Next() {
		if panicked && !strings.HasPrefix(frame.Function, "runtime.") {
			fmt.Fprintf(app.stderr(), "  at %s (%s:%d)\n", path.Base(frame.Function), path.Base(frame.File), frame.Line)
		}
		panicked = panicked || frame.Function == "runtime.gopanic"
		if !more {
			break
		}
	}
	return &problem.Error{
		Kind: problem.Internal, Code: "internal.panic", Message: "this is a bug of oauthctl: " + what,
		Hint: "report it, with the lines above and the command, without its secrets",
	}
}
