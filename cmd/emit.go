package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// emit hands a command's result over: to stdout, or to --output-file, made with mode 0600 and never half written.
//
//go:noinline
func (app *App) emit(result []byte) error {
	return app.pour(func(w io.Writer) error {
		_, err := w.Write(result)
		return err
	})
}

// pour is emit for a result of any length: fill writes it as it comes.
func (app *App) pour(fill func(io.Writer) error) error {
	if app.output == nil {
		return fill(named{app.Out, "standard output"})
	}
	if err := fill(app.output); err != nil {
		return err
	}
	err := app.output.keep()
	app.output = nil
	return err
}

// reserveFiles opens --output-file and --har before anything is sent: a token that cannot be written down is lost, and
// a refresh token spent.
func (app *App) reserveFiles() (err error) {
	output, har := app.global.outputFile, app.global.har
	switch {
	case har == "-":
		return problem.Usagef("output.file", "--har takes a file: standard output is for the result").WithHint("--har exchange.har")
	case har != "" && filepath.Clean(har) == filepath.Clean(output):
		return problem.Usagef("output.file", "--har and --output-file name one file, %s", har)
	}
	if output != "" && output != "-" {
		if app.output, err = newDraft(output); err != nil {
			return err
		}
	}
	if har != "" {
		app.archive, err = newDraft(har)
	}
	return err
}

// discardFiles removes what was begun and not finished.
func (app *App) discardFiles() {
	for _, d := range []*draft{app.output, app.archive} {
		if d != nil {
			d.discard()
		}
	}
}

// named is a writer whose failures say what could not be written.
type named struct {
	to   io.Writer
	name string
}

func (n named) Write(p []byte) (int, error) {
	written, err := n.to.Write(p)
	if err != nil {
		return written, badWrite(n.name, err)
	}
	return written, nil
}

// noting is standard output for help and completion, whose writers ask for no error.
type noting struct {
	to      io.Writer
	failure error
}

func (n *noting) Write(p []byte) (int, error) {
	written, err := named{n.to, "standard output"}.Write(p)
	if err != nil && n.failure == nil {
		n.failure = err
	}
	return written, err
}

// badPlace is the error for a file that cannot be made where it was wanted.
func badPlace(path string, err error) *problem.Error {
	hint := "check that the folder is there, and that you may write into it"
	if errors.Is(err, fs.ErrExist) {
		hint = "what stands there is not overwritten: move it out of the way, or name another place"
	}
	return problem.Usagef("output.file", "making %s: %v", path, pathCause(err)).WithHint("%s", hint)
}

func badWrite(name string, err error) *problem.Error {
	return &problem.Error{
		Kind: problem.Internal, Code: "output.write", Message: fmt.Sprintf("writing %s: %v", name, pathCause(err)), Cause: err,
		Hint: "make room there, or write to another place: --output-file FILE",
	}
}
