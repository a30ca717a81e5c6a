// Relay is one login as far as the browser sees it, without a provider behind it: it listens for a callback, presents
// the authorization request, judges nothing but the state, and tells on stdout what came. testdata/interop runs it
// under a real browser. A line on stdin lets the login be finished; the end of stdin ends it without.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"strings"

	"github.com/oauthctl/oauthctl/internal/loopback"
)

func main() {
	if err := run(context.Background()); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

// event is one line of stdout.
type event struct {
	Start     string           `json:"start,omitempty"`
	Redirect  string           `json:"redirect,omitempty"`
	Mode      string           `json:"mode,omitempty"`
	Encoded   string           `json:"encoded,omitempty"`
	Counts    *loopback.Counts `json:"counts,omitempty"`
	Strangers []string         `json:"strangers,omitempty"`
}

func run(ctx context.Context) error {
	mode := flag.String("mode", loopback.ModeWebMessage, "the response mode")
	frame := flag.Bool("frame", false, "present the provider in a frame")
	redirect := flag.String("redirect-uri", "http://127.0.0.1:0/callback", "the redirect URI")
	state := flag.String("state", "ours", "the state that is waited for")
	flag.Parse()

	say := json.NewEncoder(os.Stdout).Encode
	options := []loopback.Option{loopback.ExpectFragment()}
	if *mode == loopback.ModeWebMessage {
		options = []loopback.Option{loopback.ExpectWebMessage(flag.Arg(0))}
	}
	s, err := loopback.Listen(ctx, *redirect, options...)
	if err != nil {
		return err
	}
	defer func() {
		s.Close()
		counts := s.Counts()
		_ = say(event{Counts: &counts, Strangers: s.Strangers()})
	}()
	request := flag.Arg(0) + "?redirect_uri=" + url.QueryEscape(s.RedirectURI()) + "&state=" + *state
	begin := event{Start: request, Redirect: s.RedirectURI()}
	if *mode == loopback.ModeWebMessage {
		window := loopback.Popup
		if *frame {
			window = loopback.Frame
		}
		if begin.Start, err = s.Present(request, window); err != nil {
			return err
		}
	}
	if err := say(begin); err != nil {
		return err
	}
	return wait(ctx, s, *state, say)
}

// wait answers visits until stdin ends.
func wait(ctx context.Context, s *loopback.Server, state string, say func(any) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	finish := make(chan struct{}, 1)
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			finish <- struct{}{}
		}
		cancel()
	}()
	for {
		visit, err := s.Next(ctx)
		if err != nil {
			return nil //nolint:nilerr // stdin has ended, as is wanted
		}
		if err := say(event{Mode: visit.Mode, Encoded: visit.Encoded}); err != nil {
			return err
		}
		if values, err := url.ParseQuery(visit.Encoded); err != nil || strings.Join(values["state"], " ") != state {
			visit.Ignore(loopback.Foreign())
			continue
		}
		select {
		case <-finish:
			visit.Finish(loopback.Page{OK: loopback.Succeeded, Title: "You are signed in", Message: "You can close this tab and go back to the terminal."})
		case <-ctx.Done():
			return nil
		}
	}
}
