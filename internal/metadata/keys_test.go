package metadata

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// The example key of RFC 7517 §A.1, under a name of the test's choice.
func keySet(kid string) string {
	return `{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"sig","kid":"` + kid + `"}]}`
}

// keyServer gives its pages in turn, the last one for ever, and counts.
type keyServer struct {
	mu     sync.Mutex
	pages  []page
	served int
	accept string
}

func (s *keyServer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pages[min(s.served, len(s.pages)-1)]
	s.served++
	s.accept = r.Header.Get("Accept")
	if p.err != nil {
		return nil, p.err
	}
	return &http.Response{StatusCode: p.status, Header: http.Header{"Content-Type": {p.contentType}}, Body: io.NopCloser(strings.NewReader(p.body))}, nil
}

// remote makes a source with a clock that the test moves.
func remote(t *testing.T, pages ...page) (*RemoteKeys, *keyServer, *time.Time) {
	t.Helper()
	server := &keyServer{pages: pages}
	c, err := wire.New(wire.Options{Transport: server})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return NewRemoteKeys(c, "https://id.test/jwks", func() time.Time { return now }), server, &now
}

func kids(set *jose.KeySet) []string {
	if set == nil {
		return nil
	}
	var out []string
	for _, k := range set.Keys {
		out = append(out, k.KeyID)
	}
	return out
}

func TestRemoteKeys(t *testing.T) {
	keys, server, now := remote(t, json(keySet("a")), json(keySet("b")), json(keySet("c")))
	step := func(name string, get func(context.Context) (*jose.KeySet, error), served int, want ...string) {
		t.Helper()
		set, err := get(t.Context())
		if diff := cmp.Diff(want, kids(set)); err != nil || diff != "" || server.served != served {
			t.Errorf("%s: %v, %d fetches, %s", name, err, server.served, diff)
		}
	}
	if server.served != 0 {
		t.Error("fetched before the first use")
	}
	step("first use", keys.Keys, 1, "a")
	step("kept", keys.Keys, 1, "a")
	step("rotation", keys.Refresh, 2, "b")
	step("the new ones are kept", keys.Keys, 2, "b")
	*now = now.Add(time.Minute - time.Second)
	step("cool-down", keys.Refresh, 2)
	step("and nothing is forgotten", keys.Keys, 2, "b")
	*now = now.Add(time.Second)
	step("after it", keys.Refresh, 3, "c")
	if server.accept != "application/jwk-set+json, application/json" {
		t.Error(server.accept)
	}
}

func TestManyUnknownTokens(t *testing.T) {
	keys, server, _ := remote(t, json(keySet("a")))
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if set, err := keys.Keys(t.Context()); err != nil || len(set.Keys) != 1 {
				t.Error(err)
			}
			_, _ = keys.Refresh(t.Context())
		})
	}
	all.Wait()
	if server.served != 2 {
		t.Errorf("%d fetches", server.served)
	}
}

func TestRemoteKeyFailures(t *testing.T) {
	for _, test := range []struct {
		name, code string
		page       page
	}{
		{"page", "network.not_oauth", page{status: 200, contentType: "text/html", body: "<html>"}},
		{"404", "network.not_oauth", page{status: 404, contentType: "application/json", body: "{}"}},
		{"bare 500", "network.not_oauth", page{status: 500}},
		{"network", "network.refused", page{err: syscall.ECONNREFUSED}},
	} {
		t.Run(test.name, func(t *testing.T) {
			keys, server, now := remote(t, test.page, json(keySet("a")))
			for range 3 {
				_, err := keys.Keys(t.Context())
				p := wantCode(t, err, test.code)
				if !strings.HasPrefix(p.Message, "fetching the provider's keys: ") {
					t.Error(p.Message)
				}
				if said := strings.HasSuffix(p.Hint, "as jwks_uri; --endpoint jwks=URL names another"); said != (test.code == "network.not_oauth") || strings.HasPrefix(p.Hint, "\n") {
					t.Errorf("hint %q", p.Hint)
				}
			}
			if server.served != 1 {
				t.Errorf("a failure is asked for again and again: %d fetches", server.served)
			}
			*now = now.Add(time.Minute)
			if set, err := keys.Keys(t.Context()); err != nil || len(kids(set)) != 1 {
				t.Error("no recovery:", err)
			}
		})
	}
	t.Run("malformed", func(t *testing.T) {
		keys, _, _ := remote(t, json(`{"keys":`))
		if _, err := keys.Keys(t.Context()); err == nil {
			t.Error("taken")
		}
	})
	t.Run("a failed refetch keeps the old keys", func(t *testing.T) {
		keys, _, _ := remote(t, json(keySet("a")), page{status: 500})
		if _, err := keys.Keys(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := keys.Refresh(t.Context())
		wantCode(t, err, "network.not_oauth")
		if set, err := keys.Keys(t.Context()); err != nil || len(kids(set)) != 1 {
			t.Error(err)
		}
	})
	t.Run("a caller that gives up spoils nothing", func(t *testing.T) {
		keys, _, _ := remote(t, page{err: context.Canceled}, json(keySet("a")))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := keys.Keys(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if set, err := keys.Keys(t.Context()); err != nil || len(kids(set)) != 1 {
			t.Error(err)
		}
	})
}
