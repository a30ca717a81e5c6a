package loopback

import "testing"

// TestExpectNothing lets a browser come back with nothing in the address, as after a logout.
func TestExpectNothing(t *testing.T) {
	for name, want := range map[string]string{"/callback": "", "/callback?": "", "/callback?state=s": "state=s"} {
		t.Run(name, func(t *testing.T) {
			s := listen(t, "http://127.0.0.1:0/callback", ExpectNothing())
			answer := browse(get(t, at(s, name)))
			v := next(t, s)
			v.Finish(finished())
			equal(t, "the visit", []string{want, ModeQuery}, []string{v.Encoded, v.Mode})
			if got := <-answer; got.status != 200 || got.title() != "Signed in" {
				t.Errorf("%d %s", got.status, got.title())
			}
			equal(t, "counts", Counts{}, s.Counts())
		})
	}
}
