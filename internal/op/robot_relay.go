package op

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// relay plays the scripts of a client's own pages, which a server alone cannot do without: the one that reads an
// answer from the fragment of its address (OAuth 2.0 Multiple Response Type Encoding Practices §2.1), and the one that
// opens the provider in a window and takes its message (draft-sakimura-oauth-wmrm §2). Both post what they got to
// their own address, in a form with the fields token and response.
func (v *visit) relay(ctx context.Context, page *htmlPage, at *url.URL) (step, bool, error) {
	field := func(name string) *element {
		return page.find(func(e element) bool { return e.name == "input" && e.attributes["name"] == name })
	}
	token := field("token")
	if token == nil || field("response") == nil {
		return step{}, false, nil
	}
	response := at.EscapedFragment()
	link := page.find(func(e element) bool { return e.name == "a" && e.attributes["rel"] == "opener" })
	if link != nil {
		var err error
		if response, err = v.popup(ctx, link.attributes["href"], at.Scheme+"://"+at.Host); err != nil {
			return step{}, false, err
		}
	}
	back := *at
	back.Fragment, back.RawFragment = "", ""
	return step{
		method: http.MethodPost, url: back.String(), origin: at.Scheme + "://" + at.Host,
		form: url.Values{"token": {token.attributes["value"]}, "response": {response}},
	}, true, nil
}

// popup goes through a sign-in in a window of its own, and returns the answer that the window posts to its opener, as
// the relaying page encodes it.
func (v *visit) popup(ctx context.Context, address, opener string) (string, error) {
	window := &visit{robot: v.robot, transport: v.transport, fields: v.fields, asked: make(map[string]bool)}
	next := step{method: http.MethodGet, url: address}
	for range maxSteps {
		outcome, further, err := window.take(ctx, next)
		switch {
		case err != nil:
			return "", err
		case outcome == nil:
			next = further
			continue
		case outcome.MessageOrigin == "":
			return "", stuck("the window shows no message, but: " + outcome.Text)
		case outcome.MessageOrigin != opener:
			return "", stuck(fmt.Sprintf("the window's message is for %s, and not for its opener %s", outcome.MessageOrigin, opener))
		}
		return outcome.Form.Encode(), nil
	}
	return "", stuck("the window did not come to an end; it was last at " + next.url)
}

func stuck(message string) error {
	return &problem.Error{Kind: problem.Internal, Code: "op.robot", Message: "the robot is stuck: " + message}
}
