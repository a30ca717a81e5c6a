package wire

import (
	"context"
	"time"
)

// overtime is what net/http gets to end by itself what is out of time.
const overtime = time.Second

// within has net/http do something, and leaves it behind where it does not end with the context: an answer that switches
// protocols has a body that knows of no context, and a window update too many makes HTTP/2 wait for itself for ever. A
// panic comes back to the caller, as if there were no goroutine between.
func within[T any](ctx context.Context, do func() (T, error)) (value T, err error) {
	var thrown any
	done := make(chan struct{})
	var ended struct {
		value T
		err   error
	}
	go func() {
		defer close(done)
		defer func() { thrown = recover() }()
		ended.value, ended.err = do()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		last := time.NewTimer(overtime)
		defer last.Stop()
		select {
		case <-done:
		case <-last.C:
			return value, ctx.Err()
		}
	}
	if thrown != nil {
		panic(thrown)
	}
	return ended.value, ended.err
}
