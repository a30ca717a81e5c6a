package metadata

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// coolDown is the least time between two refetches of a key set, so that a flood of tokens with unknown keys does not
// become a flood of requests.
const coolDown = 60 * time.Second

// RemoteKeys is a provider's key set: fetched at first use, kept, and refetched on demand at most once a minute. It is
// safe for concurrent use (RFC 7517 §5, OpenID Connect Core 1.0 §10.1.1).
type RemoteKeys struct {
	client    *wire.Client
	url       string
	now       func() time.Time
	mu        sync.Mutex
	set       *jose.KeySet
	err       error     // of the last fetch
	fetched   time.Time // the last fetch; zero = never
	refreshed time.Time // the last one that Refresh made; zero = never
}

var _ jose.KeySource = (*RemoteKeys)(nil)

// NewRemoteKeys makes the source of the keys at a jwks_uri. Nothing is fetched yet.
func NewRemoteKeys(client *wire.Client, url string, now func() time.Time) *RemoteKeys {
	return &RemoteKeys{client: client, url: url, now: now}
}

// Keys returns the set, fetching it where that was not done yet. A failure is kept for as long as a refetch would be
// refused.
func (r *RemoteKeys) Keys(ctx context.Context) (*jose.KeySet, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set != nil {
		return r.set, nil
	}
	if r.err != nil && r.now().Sub(r.fetched) < coolDown {
		return nil, r.err
	}
	return r.fetch(ctx)
}

// Refresh fetches the set again, or returns nothing at all where that was done less than a minute ago. What was known
// stays known where the refetch fails.
func (r *RemoteKeys) Refresh(ctx context.Context) (*jose.KeySet, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); !r.refreshed.IsZero() && now.Sub(r.refreshed) < coolDown {
		return nil, nil
	}
	r.refreshed = r.now()
	return r.fetch(ctx)
}

func (r *RemoteKeys) fetch(ctx context.Context) (*jose.KeySet, error) {
	set, err := r.get(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err() // the caller gave up: that says nothing about the keys
	}
	r.fetched, r.err = r.now(), err
	if err == nil {
		r.set = set
	}
	return set, err
}

func (r *RemoteKeys) get(ctx context.Context) (*jose.KeySet, error) {
	const doing = "fetching the provider's keys"
	res, err := r.client.Do(ctx, wire.Request{
		Doing: doing, URL: r.url, Header: http.Header{"Accept": {"application/jwk-set+json, application/json"}},
	})
	if err != nil {
		return nil, err
	}
	if res.Status != http.StatusOK || res.IsHTML() || len(res.Body) == 0 {
		p := *problem.As(res.NotOAuth(doing))
		p.Hint = strings.TrimPrefix(p.Hint+"\nthe address stands in the provider's metadata, as jwks_uri; --endpoint jwks=URL names another", "\n")
		return nil, &p
	}
	return jose.ParseKeySet(res.Body)
}
