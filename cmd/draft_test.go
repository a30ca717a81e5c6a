//go:build unix

package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPipeOfAnotherUser refuses to write a token into a pipe that somebody else made in a folder for all.
func TestPipeOfAnotherUser(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "tokens.json")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	mine, err := newDraft(pipe)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mine.Write([]byte("x")); err != nil || mine.keep() != nil {
		t.Errorf("a pipe of one's own: %v", err)
	}
	if err := os.Chown(pipe, 65534, -1); errors.Is(err, fs.ErrPermission) {
		t.Skip("only root can give a pipe away")
	}
	if _, err := newDraft(pipe); err == nil || !strings.Contains(err.Error(), "a pipe of another user") {
		t.Errorf("a pipe of another user: %v", err)
	}
}

// TestDraftLeavesNothing holds that a file that cannot get its name is not left under another.
func TestDraftLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "result")
	d, err := newDraft(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := d.keep(); err == nil {
		t.Error("a directory took its place, and that is no error")
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

// TestSystemsFile writes into a file that somebody opened and handed over, as /dev/stdout is one with stdout in a file:
// the name is not replaced, and what is in the file stays.
func TestSystemsFile(t *testing.T) {
	open, err := os.Create(filepath.Join(t.TempDir(), "opened"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Close() }()
	if _, err := open.WriteString("before "); err != nil {
		t.Fatal(err)
	}
	d, err := newDraft(fmt.Sprintf("/dev/fd/%d", open.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write([]byte("result")); err != nil {
		t.Fatal(err)
	}
	if err := d.keep(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(open.Name()); string(got) != "before result" {
		t.Errorf("%q, %v", got, err)
	}
	for path, want := range map[string]bool{
		"/dev/stdout": true, "/dev/../dev/fd/1": true, "//proc/self/fd/1": true,
		"/tmp/dev/stdout": false, "dev/stdout": false, "/dev/shm/token": false, "/dev/stdouts": false,
	} {
		if systems(path) != want {
			t.Errorf("%s: %t", path, !want)
		}
	}
}
