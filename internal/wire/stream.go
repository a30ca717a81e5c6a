package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Stream sends a request and hands its answer on unread, for bodies without bound: the caller closes the body. The time
// limit is for waiting for the server, until its answer begins; redirects are never followed.
func (c *Client) Stream(ctx context.Context, r Request) (*http.Response, error) {
	limited, cancel := context.WithCancelCause(ctx)
	limit := newPatience(c.options.Timeout, func() { cancel(context.DeadlineExceeded) })
	r.Body = limit.resting(r.Body)
	call, err := c.once(limited, ctx, r)
	if inTime := limit.end(); !inTime && err == nil {
		err = c.explain(ctx, call.attempt, context.DeadlineExceeded)
		go call.http.Body.Close()
	}
	if err != nil {
		cancel(nil)
		return nil, err
	}
	c.answered(call, c.options.Now(), nil)
	call.http.Body = &streamBody{call.http.Body, cancel, func(err error) error { return c.explain(ctx, call.attempt, err) }}
	return call.http, nil
}

type streamBody struct {
	io.ReadCloser
	cancel  context.CancelCauseFunc
	explain func(error) error
}

func (b *streamBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.explain(err)
	}
	return n, err
}

func (b *streamBody) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// patience is a time limit that rests while the caller's own body is waited for: a slow source, or a long upload that
// the server keeps taking, is no silent server.
type patience struct {
	mu    sync.Mutex
	timer *time.Timer
	limit time.Duration
	fired bool
	over  bool
}

func newPatience(limit time.Duration, give func()) *patience {
	p := &patience{limit: limit}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(limit, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.over {
			p.fired = true
			give()
		}
	})
	return p
}

// end stops the clock for good, and says whether the limit held.
func (p *patience) end() (inTime bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	p.timer.Stop()
	return !p.fired
}

func (p *patience) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer.Stop()
}

func (p *patience) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.timer.Reset(p.limit)
	}
}

// resting wraps a body so that the clock rests while it is read; what is in memory needs none.
func (p *patience) resting(body io.Reader) io.Reader {
	if body == http.NoBody {
		return body
	}
	switch body.(type) {
	case nil, *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return body
	}
	return &restingBody{body, p}
}

type restingBody struct {
	io.Reader
	patience *patience
}

func (b *restingBody) Read(p []byte) (int, error) {
	b.patience.rest()
	defer b.patience.resume()
	return b.Reader.Read(p)
}

func (b *restingBody) Close() error {
	if closer, ok := b.Reader.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}
