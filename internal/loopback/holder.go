package loopback

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/oauthctl/oauthctl/internal/text"
)

// search looks for the one that holds a port, within bounds.
type search struct {
	proc                      string // where /proc is
	sockets, processes, files int
}

func inProc() search { return search{"/proc", 20_000, 5_000, 20_000} }

// holder names the process that listens on the port, where /proc tells it without privileges: usually a process of the
// same user, such as the login that was forgotten in another terminal. Empty where it is not to be had.
func (s search) holder(port uint16) string {
	inodes := make(map[string]bool)
	for _, table := range []string{"/net/tcp", "/net/tcp6"} {
		s.listening(table, port, inodes)
	}
	if len(inodes) == 0 {
		return ""
	}
	processes, _ := filepath.Glob(s.proc + "/[0-9]*")
	budget := s.files
	for _, dir := range processes[:min(len(processes), s.processes)] {
		files, _ := os.ReadDir(dir + "/fd")
		for _, file := range files {
			if budget--; budget < 0 {
				return ""
			}
			target, err := os.Readlink(dir + "/fd/" + file.Name())
			if err == nil && inodes[target] {
				name, _ := os.ReadFile(dir + "/comm")
				return fmt.Sprintf("%s (process %s)", text.Escape(strings.TrimSpace(string(name))), filepath.Base(dir))
			}
		}
	}
	return ""
}

// listening adds the sockets of a /proc/net table that listen on the port, as /proc/*/fd names them.
func (s search) listening(table string, port uint16, inodes map[string]bool) {
	file, err := os.Open(s.proc + table)
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	const localAddress, state, inode = 1, 3, 9
	lines := bufio.NewScanner(file)
	for n := 0; lines.Scan() && n < s.sockets; n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) <= inode || fields[state] != "0A" {
			continue
		}
		_, hex, _ := strings.Cut(fields[localAddress], ":")
		if got, err := strconv.ParseUint(hex, 16, 16); err == nil && got == uint64(port) {
			inodes["socket:["+fields[inode]+"]"] = true
		}
	}
}

// portCommand is what a person can run to see who listens.
func portCommand(port uint16) string {
	switch runtime.GOOS {
	case "darwin":
		return fmt.Sprintf("lsof -nP -iTCP:%d -sTCP:LISTEN", port)
	case "windows":
		return fmt.Sprintf("netstat -ano | findstr :%d", port)
	}
	return fmt.Sprintf("ss -ltnp 'sport = :%d'", port)
}
