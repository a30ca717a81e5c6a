package cmd

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/secret"
)

// notes makes programs that write down, under their own names in the folder, how they were called.
func notes(t *testing.T, folder string, names ...string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("programs of a shell")
	}
	const program = "#!/bin/sh\n{ for word in \"$@\"; do printf '<%s>' \"$word\"; done; echo; env; } > \"$0.called\"\n"
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(program), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// called returns the words that a program was called with, and its environment.
func called(t *testing.T, program string) (words string, environ []string) {
	t.Helper()
	data, err := os.ReadFile(program + ".called")
	if err != nil {
		return "", nil
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return lines[0], lines[1:]
}

// TestBrowserArguments holds that an address is one word of a command, whatever is in it and in BROWSER: there is no
// shell, and no address begins like an option.
func TestBrowserArguments(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "x")
	notes(t, folder, "x")
	const address = "https://op.example/a?b=$(id)&c=`id`;id|id&d='%22%20-x"
	for browser, want := range map[string]string{
		program:                                "<" + address + ">",
		program + " %s; id":                    "<" + address + ";><id>",
		program + " --app=%s --new":            "<--app=" + address + "><--new>",
		program + " '%s' && id":                "<'" + address + "'><&&><id>",
		"/no/such/program %s:" + program:       "<" + address + ">",
		":" + program + ":$(id):`id`":          "<" + address + ">",
		"$(" + program + ") %s":                "",
		"sh-is-not-asked -c '" + program + "'": "",
	} {
		_ = os.Remove(program + ".called")
		app, errs := terminal("NO_COLOR=1")
		app.runBrowsers(t.Context(), browser, address)
		if got, _ := called(t, program); got != want || (want == "") != strings.Contains(errs.String(), "could not be opened") {
			t.Errorf("BROWSER=%q: called with %s, want %s\n%s", browser, got, want, errs)
		}
	}
}

// TestBrowserEnvironment holds that a browser gets no secret by its environment, and all else.
func TestBrowserEnvironment(t *testing.T) {
	folder := t.TempDir()
	notes(t, folder, "xdg-open")
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	app, errs := terminal(
		"DISPLAY=:0", "HTTPS_PROXY=http://proxy.example:3128", "OAUTHCTL_CLIENT_SECRET=by-our-name", "OAUTHCTL_ISSUER=https://op.example",
		"WEB_SECRET=by-another-name", "WEB_SECRET_LINE=by-another-name\n", "EMPTY=", "HOME=/home/by-another-name",
	)
	app.ring.Add(secret.New("by-another-name"))
	if err := app.runOpener(t.Context(), "https://op.example/"); err != nil {
		t.Fatal(err, errs)
	}
	words, environ := called(t, filepath.Join(folder, "xdg-open"))
	environ = slices.DeleteFunc(environ, func(setting string) bool { // what shells add
		name, _, _ := strings.Cut(setting, "=")
		return slices.Contains([]string{"PWD", "OLDPWD", "SHLVL", "_", "PATH"}, name)
	})
	slices.Sort(environ)
	want := []string{"DISPLAY=:0", "EMPTY=", "HOME=/home/by-another-name", "HTTPS_PROXY=http://proxy.example:3128"}
	if diff := cmp.Diff(want, environ); diff != "" || words != "<https://op.example/>" {
		t.Errorf("called with %s\n%s", words, diff)
	}
	t.Setenv("PATH", t.TempDir())
	if err := app.runOpener(t.Context(), "https://op.example/"); err == nil {
		t.Error("nothing that opens anything is an error")
	}
}

// TestOpenersWords: of all that an opener says while it tries one browser after the other, the last counts, where none
// opens; -v shows all of it.
func TestOpenersWords(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no opener is run there")
	}
	const address = "https://op.example/a"
	for status, want := range map[string]string{
		"3": "exit status 3: xdg-open: no method available for opening", "0": "",
	} {
		folder := t.TempDir()
		script := "#!/bin/sh\necho 'w3m: not found'\necho \"xdg-open: no method available for opening '$1'\" >&2\nexit " + status + "\n"
		if err := os.WriteFile(filepath.Join(folder, "xdg-open"), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
		for _, verbose := range []bool{false, true} {
			app, errs := terminal("NO_COLOR=1")
			app.GOOS, app.global.verbose = "linux", verbose
			got := ""
			if err := app.runOpener(t.Context(), address); err != nil {
				got = err.Error()
			}
			said := strings.Contains(errs.String(), "w3m: not found")
			if said != verbose || !verbose && got != want {
				t.Errorf("status %s, verbose %t: %q, want %q\n%s", status, verbose, got, want, errs)
			}
		}
	}
}
