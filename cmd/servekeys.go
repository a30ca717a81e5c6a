package cmd

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// writeKeys gives the keys of the test clients to whoever wants to be one of them. They are published keys, so that a
// file that holds one already stays; any other file is not touched, and then nothing is written.
func writeKeys(folder string, config op.Config) ([]op.KeyFile, error) {
	files, err := op.KeyFiles(config)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, problem.Usagef("serve.keys", "--write-keys: no client here has a key of the published test keys")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, badPlace(folder, err)
	}
	var missing []op.KeyFile
	for i := range files {
		files[i].Name = filepath.Join(folder, files[i].Name)
		old, err := os.ReadFile(files[i].Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, files[i])
		case err != nil:
			return nil, problem.Usagef("output.file", "reading %s: %v", files[i].Name, pathCause(err))
		case !bytes.Equal(old, fileOf(files[i])):
			return nil, problem.Usagef("output.file", "%s exists and holds something else", files[i].Name).
				WithHint("name another folder with --write-keys")
		}
	}
	for _, file := range missing {
		if err := writeNew(file.Name, fileOf(file)); err != nil {
			return nil, badPlace(file.Name, err)
		}
	}
	return files, nil
}

// fileOf is what a file holds: it ends in a line break, as text files do.
func fileOf(f op.KeyFile) []byte { return []byte(strings.TrimRight(f.Data.Reveal(), "\n") + "\n") }

// writeNew makes a file that only its owner can read, and that was not there: no link is followed either.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(name) // half a key would be in the way
	}
	return err
}
