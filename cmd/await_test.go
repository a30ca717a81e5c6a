package cmd_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/oauthctl/oauthctl/internal/op"
)

// What stories wait for, and who acts in them meanwhile.

// until waits for something, for longer than it can take on a machine that is busy.
func until(happened func() bool) bool { return within(2*time.Minute, happened) }

func within(limit time.Duration, happened func() bool) bool {
	for range limit / (10 * time.Millisecond) {
		if happened() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// await FILE [TEXT] waits, for a bounded time, until a background command has written a file, and the text in it.
func await(ts *testscript.TestScript, _ bool, args []string) {
	if !until(func() bool {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		return err == nil && strings.Contains(string(data), strings.Join(args[1:], " "))
	}) {
		ts.Fatalf("%s did not appear", strings.Join(args, ": "))
	}
}

// pastes FILE PIPE plays the person who copies the final address: it waits until a background command has written an
// address to its stderr, which FILE is, signs alice in there, and writes where that ends to PIPE.
func pastes(ts *testscript.TestScript, _ bool, args []string) {
	outcome, err := op.SignIn(context.Background(), addressIn(ts, args[0]), "alice", "wonderland")
	ts.Check(err)
	pipe, err := os.OpenFile(ts.MkAbs(args[1]), os.O_WRONLY, 0)
	ts.Check(err)
	_, err = pipe.WriteString(outcome.URL + "\n")
	ts.Check(errors.Join(err, pipe.Close()))
}

// opens FILE plays the person who opens the address by hand that a background command has written to its stderr, which
// FILE is, and signs alice in there.
func opens(ts *testscript.TestScript, _ bool, args []string) {
	_, err := op.SignIn(context.Background(), addressIn(ts, args[0]), "alice", "wonderland")
	ts.Check(err)
}

// addressIn waits for the address that a person is to open.
func addressIn(ts *testscript.TestScript, name string) (address string) {
	if !until(func() (whole bool) {
		data, _ := os.ReadFile(ts.MkAbs(name)) // it may not be there yet
		_, shown, _ := strings.Cut(string(data), "open: ")
		address, _, whole = strings.Cut(shown, "\n")
		return whole
	}) {
		ts.Fatalf("%s shows no address", name)
	}
	return address
}

// confirm FILE [deny] waits for the address and the code that a device flow writes to a file, and lets alice confirm
// it there, or decline; or for what a backchannel request writes, and lets her decide on the page for that.
func confirm(ts *testscript.TestScript, _ bool, args []string) {
	robot := &op.Robot{Deny: len(args) > 1 && args[1] == "deny"}
	backchannel, address, code := false, "", ""
	if !until(func() bool {
		data, _ := os.ReadFile(ts.MkAbs(args[0])) // it may not be there yet
		if _, who, asked := strings.Cut(string(data), "asked: "); asked {
			backchannel = strings.Contains(who, "\n")
			return backchannel
		}
		_, shown, _ := strings.Cut(string(data), "open: ")
		_, typed, _ := strings.Cut(shown, "code: ")
		var whole bool
		address, _, _ = strings.Cut(shown, "\n")
		code, _, whole = strings.Cut(typed, "\n")
		return whole
	}) {
		ts.Fatalf("%s: no code was shown", args[0])
	}
	var err error
	if backchannel {
		_, err = robot.Backchannel(context.Background(), ts.Getenv("ISSUER")+"/ciba", "alice", "wonderland")
	} else {
		_, err = robot.Device(context.Background(), address, code, "alice", "wonderland")
	}
	ts.Check(err)
}

// visited CODE COMMAND … --wait DURATION is exits for a command that ends with its wait, and whose browser must have been
// there before. What it shows comes to PAGE_FILE. On a machine that was too busy for the browser the command runs again,
// and waits ten times as long.
func visited(ts *testscript.TestScript, neg bool, args []string) {
	last, name := len(args)-1, ts.Getenv("PAGE_FILE")
	if last < 3 || args[last-1] != "--wait" || name == "" {
		ts.Fatalf("usage: visited CODE COMMAND [ARGUMENT …] --wait DURATION, with PAGE_FILE in the environment")
	}
	wait, err := time.ParseDuration(args[last])
	ts.Check(err)
	defer ts.Setenv("PAGE_FILE", name)
	for try := range 3 {
		own := fmt.Sprint(name, ".", try) // the browser of an earlier try may still be on its way
		ts.Setenv("PAGE_FILE", own)
		exits(ts, neg, append(slices.Clone(args[:last]), wait.String()))
		var page []byte
		shown := within(20*time.Second, func() bool { // it was opened late, or not at all, where nothing comes
			page, err = os.ReadFile(ts.MkAbs(own))
			return err == nil
		})
		if shown && !strings.HasPrefix(string(page), nobodyThere) {
			ts.Check(os.WriteFile(ts.MkAbs(name), page, 0o600))
			return
		}
		wait *= 10
	}
	ts.Fatalf("no browser has been there")
}
