package cmd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// draft is a file that gets its name when it is whole. It is made beside its place with mode 0600, whatever the umask,
// and renamed, so that it is never half there, and a link in its place is replaced instead of followed. A pipe, a device
// and what the system shows of a process, such as /dev/stdout, is written into.
type draft struct {
	file *os.File
	path string
}

func newDraft(path string) (*draft, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return nil, problem.Usagef("output.file", "writing %s: it is a directory", path).WithHint("name a file in it: --output-file %s", filepath.Join(path, "NAME"))
	}
	var f *os.File
	if err == nil && (!info.Mode().IsRegular() || systems(path)) {
		f, err = openSpecial(path)
	} else {
		f, err = os.CreateTemp(filepath.Dir(path), ".oauthctl-*") // O_EXCL, mode 0600
	}
	if err != nil {
		return nil, badPlace(path, err)
	}
	return &draft{f, path}, nil
}

// systems says that a name is one by which the system shows what a process has opened. With stdout in a file, /dev/stdout
// leads to a regular one: root would put a file in the place of that name, for every program of the machine.
func systems(path string) bool {
	whole, err := filepath.Abs(path)
	return err == nil && (whole == "/dev/stdout" || whole == "/dev/stderr" || strings.HasPrefix(whole, "/dev/fd/") || strings.HasPrefix(whole, "/proc/"))
}

// openSpecial opens what is no file to be replaced. It judges what was opened, not what was there a moment before: in a
// folder that others write to, a pipe may be theirs, and what is written into it too.
func openSpecial(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0) // a file that a shell opened may have something in it
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.Mode().IsRegular() && !systems(path):
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
