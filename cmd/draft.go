package cmd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// draft is a file that gets its name when it is whole. It is made beside its place with mode 0600, whatever the umask,
// and renamed, so that it is never half there, and a link in its place is replaced instead of followed. A pipe or a
// device is written into.
type draft struct {
	file *os.File
	path string
}

func newDraft(path string) (*draft, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return nil, problem.Usagef("output.file", "writing %s: it is a directory", path)
	}
	var f *os.File
	if err == nil && !info.Mode().IsRegular() {
		f, err = openSpecial(path)
	} else {
		f, err = os.CreateTemp(filepath.Dir(path), ".oauthctl-*") // O_EXCL, mode 0600
	}
	if err != nil {
		return nil, badPlace(path, err)
	}
	return &draft{f, path}, nil
}

// openSpecial opens what is no file to be replaced. It judges what was opened, not what was there a moment before: in a
// folder that others write to, a pipe may be theirs, and what is written into it too.
func openSpecial(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.Mode().IsRegular():
		err = errors.New("it became a file meanwhile")
	case info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0 && ownedByOther(info):
		err = errors.New("it is a pipe of another user, who could read it")
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// Write adds to the draft.
func (d *draft) Write(p []byte) (int, error) { return named{d.file, d.path}.Write(p) }

// keep gives the draft its name.
func (d *draft) keep() error {
	if err := d.file.Close(); err != nil {
		d.discard()
		return badWrite(d.path, err)
	}
	if d.file.Name() == d.path {
		return nil
	}
	if err := os.Rename(d.file.Name(), d.path); err != nil {
		d.discard()
		return badPlace(d.path, err)
	}
	return nil
}

// discard removes the draft.
func (d *draft) discard() {
	_ = d.file.Close()
	if d.file.Name() != d.path {
		_ = os.Remove(d.file.Name())
	}
}
