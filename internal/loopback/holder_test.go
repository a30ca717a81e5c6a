package loopback

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// proc makes what /proc says of processes: the named one has the socket, behind the other files and after the others.
func proc(t *testing.T, table string, others, files int) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("net/tcp", table)
	for i := range others {
		if err := os.Mkdir(filepath.Join(dir, fmt.Sprintf("1%d", i)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write("9/comm", "lo\x1bgin\n")
	fd := filepath.Join(dir, "9", "fd")
	if err := os.Mkdir(fd, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range files {
		if err := os.Symlink("/dev/null", filepath.Join(fd, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("socket:[77]", filepath.Join(fd, "a")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// sockets is a table with so many others before the one that listens.
func sockets(others int, last string) string {
	var out bytes.Buffer
	for range others {
		out.WriteString("0: 0100007F:0001 00000000:0000 0A 0 0 0 0 0 1\n")
	}
	return out.String() + last + "\n"
}

// TestHolder finds who listens, and gives up at its bounds.
func TestHolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need privileges there")
	}
	const listens, found = "0: 0100007F:1F90 00000000:0000 0A 0 0 0 0 0 77", `lo\x1bgin (process 9)`
	for name, test := range map[string]struct {
		table         string
		others, files int
		want          string
	}{
		"listens":             {listens, 0, 0, found},
		"the last socket":     {sockets(4, listens), 0, 0, found},
		"one socket too many": {sockets(5, listens), 0, 0, ""},
		"the last process":    {listens, 2, 0, found},
		"a process too many":  {listens, 3, 0, ""},
		"the last file":       {listens, 0, 6, found},
		"a file too many":     {listens, 0, 7, ""},
		"another port":        {"0: 0100007F:1F91 00000000:0000 0A 0 0 0 0 0 77", 0, 0, ""},
		"a connection":        {"0: 0100007F:1F90 00000000:0000 01 0 0 0 0 0 77", 0, 0, ""},
		"cut short":           {"0: 0100007F:1F90 00000000:0000 0A 0 0 0 0 0", 0, 0, ""},
		"no port":             {"0: 0100007F 00000000:0000 0A 0 0 0 0 0 77", 0, 0, ""},
		"no hex":              {"0: 0100007F:1F9X 00000000:0000 0A 0 0 0 0 0 77", 0, 0, ""},
		"another's":           {"0: 0100007F:1F90 00000000:0000 0A 0 0 0 0 0 78", 0, 0, ""},
		"nothing":             {"", 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			equal(t, "holder", test.want, search{proc(t, test.table, test.others, test.files), 5, 3, 7}.holder(8080))
		})
	}
	equal(t, "no /proc", "", search{filepath.Join(t.TempDir(), "none"), 5, 3, 7}.holder(8080))
	if inProc() != (search{"/proc", 20_000, 5_000, 20_000}) {
		t.Errorf("%+v", inProc())
	}
}
