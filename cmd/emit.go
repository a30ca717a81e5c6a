package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// emit hands a command's result over: to stdout, or to --output-file, made with mode 0600 and never half written.
func (app *App) emit(result []byte) error {
	return app.pour(func(w io.Writer) error {
		_, err := w.Write(result)
		return err
	})
}

// pour is emit for a result of any length: fill writes it as it comes.
func (app *App) pour(fill func(io.Writer) error) error {
	path := app.global.outputFile
	if app.reserved == nil {
		return fill(named{app.Out, "standard output"})
	}
	if err := fill(named{app.reserved, path}); err != nil {
		return err
	}
	if err := app.reserved.Close(); err != nil {
		return badWrite(path, err)
	}
	if app.reserved.Name() != path {
		if err := os.Rename(app.reserved.Name(), path); err != nil {
			return problem.Usagef("output.file", "making %s: %v", path, pathCause(err))
		}
	}
	app.reserved = nil
	return nil
}

// reserveOutput opens --output-file before anything is sent: a token that cannot be written down is lost, and a refresh
// token spent. A regular file is made beside its place, and renamed when it is whole; a pipe or a device is written into.
func (app *App) reserveOutput() (err error) {
	path := app.global.outputFile
	if path == "" || path == "-" {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return problem.Usagef("output.file", "writing %s: it is a directory", path)
	case err == nil && !info.Mode().IsRegular():
		app.reserved, err = os.OpenFile(path, os.O_WRONLY, 0)
	default:
		app.reserved, err = os.CreateTemp(filepath.Dir(path), ".oauthctl-*") // mode 0600
	}
	if err != nil {
		return problem.Usagef("output.file", "making %s: %v", path, pathCause(err))
	}
	return nil
}

// discardOutput removes what was begun and not finished.
func (app *App) discardOutput() {
	if app.reserved == nil {
		return
	}
	_ = app.reserved.Close()
	if app.reserved.Name() != app.global.outputFile {
		_ = os.Remove(app.reserved.Name())
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

func badWrite(name string, err error) *problem.Error {
	return &problem.Error{Kind: problem.Internal, Code: "output.write", Message: fmt.Sprintf("writing %s: %v", name, pathCause(err)), Cause: err}
}
