package profile

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"time"
)

// Command is a command of the user, which hands out what this program does not hold. It runs without a shell.
type Command struct {
	Argv   []string
	Stdin  io.Reader // nil: nothing
	Stderr io.Writer
	Limit  time.Duration // to run for
}

// CommandFailed says in what way a command that was started gave nothing.
type CommandFailed string

// Error returns the sentence, whose subject is the command.
func (c CommandFailed) Error() string { return string(c) }

// Output runs the command, and returns what it printed: no more than a secret may have, and not for longer than the limit.
func (c Command) Output(ctx context.Context) (string, error) {
	limited, cancel := context.WithTimeout(ctx, c.Limit)
	defer cancel()
	out := &capped{full: cancel}
	child := exec.CommandContext(limited, c.Argv[0], c.Argv[1:]...)
	child.Stdin, child.Stdout, child.Stderr, child.WaitDelay = c.Stdin, out, c.Stderr, commandLinger
	err := child.Run()
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case out.over:
		return "", CommandFailed("printed more than 64 KiB")
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		return "", CommandFailed("did not finish in " + c.Limit.String())
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", CommandFailed("failed: " + exit.ProcessState.String())
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return "", err
	}
	return out.buf.String(), nil
}

// capped keeps a command's output up to the limit, and ends the command beyond it.
type capped struct {
	buf  strings.Builder
	over bool
	full func()
}

func (c *capped) Write(p []byte) (int, error) {
	if c.buf.Len()+len(p) > maxSecret {
		c.over = true
		c.full()
		return 0, errors.New("too much output")
	}
	return c.buf.Write(p)
}
