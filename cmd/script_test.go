package cmd_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/oauthctl/oauthctl/cmd"
	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/profiles"
)

const scripts = "../testdata/script"

// TestMain lets the test binary stand for the program and for the desktop's browser opener in the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"oauthctl": func() { os.Exit(cmd.Main(cmd.System(), os.Args[1:])) },
		"xdg-open": browse, // Linux
		"open":     browse, // macOS
		"naive":    naive,  // a client to be tested
		"patient":  patient,
	})
}

// browse plays the user: it signs alice in at the address that it is given. FAKE_BROWSER chooses otherwise.
func browse() {
	address := os.Args[len(os.Args)-1]
	switch os.Getenv("FAKE_BROWSER") {
	case "broken":
		fmt.Fprintln(os.Stderr, "no display")
		showPage("no display\n")
		os.Exit(3)
	case "idle":
		return
	}
	play := (&op.Robot{Transport: throughTunnel()}).SignIn
	if os.Getenv("FAKE_BROWSER") == "deny" {
		play = op.Deny
	}
	outcome, err := play(context.Background(), address, "alice", "wonderland")
	if err != nil {
		showPage(nobodyThere + err.Error() + "\n")
		return
	}
	showPage(fmt.Sprintf("%d\n%s\n", outcome.Status, outcome.Text))
}

// nobodyThere begins the page of a browser that got no answer.
const nobodyThere = "0\n"

// showPage writes what the browser shows in the end to PAGE_FILE, which is there when it is whole.
func showPage(text string) {
	path := os.Getenv("PAGE_FILE")
	if path == "" {
		return
	}
	draft := fmt.Sprint(path, ".", os.Getpid())
	if os.WriteFile(draft, []byte(text), 0o600) == nil {
		_ = os.Rename(draft, path)
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 scripts,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("OAUTHCTL_WAIT", "2m") // for what comes: on a busy machine even a browser without a window is slow
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			env.Setenv("GORACE", "atexit_sleep_ms=20") // a program under the race detector sleeps a second before it ends
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":    exits,
			"visited":  visited,
			"provider": startProvider,
			"tunnel":   startTunnel,
			"hostile":  startHostile,
			"occupy":   occupy,
			"first":    firstLine,
			"await":    await,
			"api":      startAPI,
			"forge":    forge,
			"member":   member,
			"aliases":  aliases,
			"confirm":  confirm,
			"keys":     keysOf,
			"pastes":   pastes,
			"opens":    opens,
			"site":     startSite,
		},
		Condition: free,
	})
}

// exits N COMMAND … runs a command that must end with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT …]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// provider [as=PERSONA] [config=FILE] [issuer=PATH] [auto] [FAULT …] starts the embedded provider and sets ISSUER,
// HOSTPORT and the clients' secrets. "auto" approves without pages.
func startProvider(ts *testscript.TestScript, _ bool, args []string) {
	config := op.DefaultConfig()
	config.PollInterval = time.Second
	var err error
	for _, arg := range args {
		key, value, _ := strings.Cut(arg, "=")
		switch key {
		case "as":
			config, err = op.Persona(value)
		case "config":
			config, err = op.ParseConfig(config, []byte(ts.ReadFile(value)), value)
		case "issuer":
			config.Issuer = value
		case "auto":
			config.AutoApprove = true
		default:
			config.Faults = append(config.Faults, arg)
		}
		ts.Check(err)
	}
	server, err := op.Start(context.Background(), "127.0.0.1:0", config)
	ts.Check(err)
	ts.Defer(func() { _ = server.Close() })
	setProvider(ts, server.Provider)
}

func setProvider(ts *testscript.TestScript, p *op.Provider) {
	_, host, _ := strings.Cut(p.Issuer(), "://")
	ts.Setenv("ISSUER", p.Issuer())
	ts.Setenv("HOSTPORT", host)
	for _, c := range p.Info().Clients {
		ts.Setenv("SECRET_"+strings.ToUpper(strings.ReplaceAll(c.ID, "-", "_")), c.Secret)
	}
}

// keys writes what the provider's test clients authenticate with: key-ALG.pem with the kid in KID_ALG, the certificates
// CLIENT.pem with CLIENT.key, and ca.pem.
func keysOf(ts *testscript.TestScript, _ bool, _ []string) {
	write := func(name, content string) { ts.Check(os.WriteFile(ts.MkAbs(name), []byte(content), 0o600)) }
	for _, alg := range []jose.Algorithm{"RS256", "PS256", "ES256", "EdDSA"} {
		kid, key := op.TestClientKey(alg)
		ts.Setenv("KID_"+string(alg), kid)
		write("key-"+string(alg)+".pem", key)
	}
	for _, client := range []string{"web-tls", "web-tls-self"} {
		certificate, key := op.TestCertificate(client)
		write(client+".pem", certificate)
		write(client+".key", key)
	}
	for name, alg := range map[string]string{"rsa": "RSA-OAEP", "ec": "ECDH-ES"} {
		_, key := op.TestDecryptionKey(alg)
		write("decrypt-"+name+".pem", key)
	}
	write("ca.pem", op.TestCA())
}

// hostile down|silent|says FILE sets ISSUER to an address where nothing listens, where nobody answers, or where every
// request gets the bytes of the file.
func startHostile(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 1 && args[0] == "down" {
		ts.Setenv("ISSUER", "http://127.0.0.1:1") // a port that was given back could be another story's by now
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv("ISSUER", "http://"+listener.Addr().String())
	ts.Defer(func() { _ = listener.Close() }) // the backlog accepts connections that nobody reads
	if len(args) == 2 && args[0] == "says" {
		words := ts.ReadFile(args[1])
		go func() { // ends with the listener
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go says(conn, words)
			}
		}()
	}
}

// says answers one request, which it reads to its end: what is left unread would have the connection reset, and the
// answer lost.
func says(conn net.Conn, words string) {
	defer func() { _ = conn.Close() }()
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, request.Body)
	_, _ = io.WriteString(conn, words)
}

// occupy takes a port, and sets PORT.
func occupy(ts *testscript.TestScript, _ bool, _ []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() })
	ts.Setenv("PORT", strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
}

// first FILE VARIABLE sets a variable to the first line of a file, or of stdout or stderr.
func firstLine(ts *testscript.TestScript, _ bool, args []string) {
	line, _, _ := strings.Cut(ts.ReadFile(args[0]), "\n")
	ts.Setenv(args[1], line)
}

// member FILE NAME writes a string member of a JSON file to a file of that name.
func member(ts *testscript.TestScript, _ bool, args []string) {
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &object))
	value, ok := object[args[1]].(string)
	if !ok {
		ts.Fatalf("%s has no string %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(value+"\n"), 0o600))
}

// aliases FILE sets ALIAS_… to the endpoints for clients with a certificate that a metadata document lists.
func aliases(ts *testscript.TestScript, _ bool, args []string) {
	var document struct {
		Aliases map[string]string `json:"mtls_endpoint_aliases"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &document))
	for name, address := range document.Aliases {
		ts.Setenv("ALIAS_"+strings.ToUpper(name), address)
	}
}

// free is the condition [free:PORT]: nobody listens on that port of localhost.
func free(condition string) (bool, error) {
	port, ok := strings.CutPrefix(condition, "free:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", condition)
	}
	for _, host := range []string{"127.0.0.1", "::1"} {
		listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err != nil && strings.Contains(err.Error(), "in use") {
			return false, nil
		}
		if err == nil {
			_ = listener.Close()
		}
	}
	return true, nil
}

// TestEveryStoryIsTold holds the rule that adding a grant or a built-in provider includes telling its story, and that
// oauthctl serve can play the provider.
func TestEveryStoryIsTold(t *testing.T) {
	names := profiles.Names()
	for _, name := range names {
		if !slices.Contains(op.Personas(), name) {
			t.Errorf("there is no persona %s", name)
		}
	}
	for _, g := range grant.All() {
		names = append(names, g.Info().Name)
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(scripts, name+".txtar")); err != nil {
			t.Error(err)
		}
	}
}
