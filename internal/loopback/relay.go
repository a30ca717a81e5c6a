package loopback

import (
	"github.com/oauthctl/oauthctl/internal/problem"
)

// Window is where the start page shows the provider.
type Window int

// The windows of a start page.
const (
	Popup Window = iota // a window of its own, opened by a click
	Frame               // a hidden frame, for prompt=none alone: nobody could see or trust a form in it
)

// ExpectFragment makes the server read an answer in the fragment, by a page that posts it back (Multiple Response
// Types §2.1).
func ExpectFragment() Option { return func(s *Server) { s.fragment = true } }

// ExpectWebMessage makes the server accept the answer that a window of the authorization endpoint's origin posts to
// the start page (draft-sakimura-oauth-wmrm §2.1).
func ExpectWebMessage(origin string) Option {
	return func(s *Server) { s.webMessage, s.origin = true, origin }
}

// Present returns the address of the start page, which opens the authorization request in a window and relays its
// answer; the browser is to be sent there instead of to the provider (draft-sakimura-oauth-wmrm §2.1).
func (s *Server) Present(authorizationURL string, w Window) (startURL string, err error) {
	return "", &problem.Error{Kind: problem.Internal, Code: "loopback.present", Message: "the start page cannot be shown"}
}

// Strangers returns the origins whose messages the start page ignored, in the order in which they came first.
func (s *Server) Strangers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.strangers...)
}
