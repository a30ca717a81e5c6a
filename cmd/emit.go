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
	if path == "" || path == "-" {
		return fill(named{app.Out, "standard output"})
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // a pipe or a device is written into
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return problem.Usagef("output.file", "opening %s: %v", path, pathCause(err))
		}
		defer func() { _ = f.Close() }()
		return fill(named{f, path})
	}
	return replaceFile(path, fill)
}

// replaceFile writes a new file beside path and renames it, so that path is either the old file or the whole new one.
func replaceFile(path string, fill func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".oauthctl-*") // mode 0600
	if err != nil {
		return problem.Usagef("output.file", "making a file in %s: %v", filepath.Dir(path), pathCause(err))
	}
	err = fill(named{f, path})
	if cerr := f.Close(); err == nil && cerr != nil {
		err = badWrite(path, cerr)
	}
	if err == nil {
		if rerr := os.Rename(f.Name(), path); rerr != nil {
			err = problem.Usagef("output.file", "making %s: %v", path, pathCause(rerr))
		}
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
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
