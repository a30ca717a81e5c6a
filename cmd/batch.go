package cmd

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// block is some lines on their way through the batch, then what became of them.
type block struct {
	data  []byte // what is read into
	lines []line

	out   []byte // what is printed of it
	tally *oidc.Tally
	err   error // ends the batch after what is printed
	ready chan struct{}
}

func newBlock() *block { return &block{ready: make(chan struct{}, 1)} }

// batch verifies a token a line. What the blocks become is handed over in the order of the input.
type batch struct {
	*verifier
	input *lines
	// record takes what was found about one token, on any goroutine; deliver takes a whole block, on one and in order.
	record  func(*block, *oidc.Report)
	deliver func(*block) error
	// outcomes leaves the words of checks out.
	outcomes bool

	spaced sync.Once
}

// blocksPerCore is how many blocks are under way, so that no core waits for a slow line of another.
const blocksPerCore = 3

// A batch keeps next to nothing alive and makes much garbage. Collecting it only when the memory is worth it costs less
// time; what is taken is bounded, by more for more cores as each has blocks of its own.
const (
	gcPercent     = 1000
	memory        = 24 << 20
	memoryPerCore = 4 << 20
)

// objects prints one JSON object for each token, in order, as they come.
func (v *verifier) objects(ctx context.Context, input *lines, first *block) error {
	invalid := false
	err := v.app.pour(func(w io.Writer) error {
		b := &batch{verifier: v, input: input}
		b.record = func(b *block, r *oidc.Report) {
			b.out = append(b.out, render.JSON(r)...)
			b.tally.Add(r)
		}
		b.deliver = func(b *block) error {
			invalid = invalid || b.tally.Invalid > 0
			_, err := w.Write(b.out)
			return err
		}
		return b.run(ctx, first)
	})
	if err == nil && invalid {
		err = errReported
	}
	return err
}

// summarize counts instead of printing.
func (v *verifier) summarize(ctx context.Context, input *lines, first *block) error {
	total := oidc.NewTally(v.want.Issuers)
	b := &batch{verifier: v, input: input, outcomes: true}
	b.record = func(b *block, r *oidc.Report) { b.tally.Add(r) }
	b.deliver = func(b *block) error {
		total.Merge(b.tally)
		return nil
	}
	if err := b.run(ctx, first); err != nil {
		return err
	}
	result := render.TallyText(v.app.outTheme(), total)
	if v.app.format == formatJSON {
		result = render.JSON(total)
	}
	err := v.app.emit(result)
	if err == nil && total.Invalid > 0 {
		err = errReported
	}
	return err
}

// run sends the blocks through all cores. However long the input is, there are only so many blocks, used again and
// again. The reader may outlive the run, waiting for input that nobody wants any more.
func (b *batch) run(ctx context.Context, first *block) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cores := runtime.GOMAXPROCS(0)
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(int64(memory + cores*memoryPerCore))
	count := blocksPerCore * cores
	free, work, order := make(chan *block, count), make(chan *block, count), make(chan *block, count)
	for range count - 1 {
		free <- newBlock()
	}
	for range cores {
		go b.work(ctx, work)
	}
	go b.read(ctx, first, free, work, order)
	for {
		done, more, err := nextDone(ctx, order)
		if err != nil || !more {
			return err
		}
		if err := promptly(ctx, func() error { return b.deliver(done) }); err != nil {
			return err
		}
		if done.err != nil {
			return fmt.Errorf("verifying the tokens: %w", done.err)
		}
		free <- done
	}
}

// nextDone waits for the next block in order, and for the work on it.
func nextDone(ctx context.Context, order <-chan *block) (next *block, more bool, err error) {
	select {
	case next, more = <-order:
	case <-ctx.Done():
		return nil, false, context.Cause(ctx)
	}
	if !more {
		return nil, false, context.Cause(ctx) // of the reader's end, if it was not the input's
	}
	select {
	case <-next.ready:
		return next, true, nil
	case <-ctx.Done():
		return nil, false, context.Cause(ctx)
	}
}

// read fills one block after the other, and ends with the input.
func (b *batch) read(ctx context.Context, next *block, free <-chan *block, work, order chan<- *block) {
	defer close(work)
	defer close(order)
	for len(next.lines) > 0 || next.err != nil {
		order <- next // there is room for every block
		work <- next
		if next.err != nil {
			return
		}
		select {
		case next = <-free:
		case <-ctx.Done():
			return
		}
		next.err = b.input.next(next)
	}
}

// work verifies blocks on one core.
func (b *batch) work(ctx context.Context, work <-chan *block) {
	headers := new(jose.Headers)
	for {
		select {
		case next, more := <-work:
			if !more {
				return
			}
			b.verify(ctx, next, headers)
			next.ready <- struct{}{}
		case <-ctx.Done():
			return
		}
	}
}

func (b *batch) verify(ctx context.Context, block *block, headers *jose.Headers) {
	block.out, block.tally = block.out[:0], oidc.NewTally(b.want.Issuers)
	want := b.want
	want.Headers, want.Outcomes = headers, b.outcomes
	for i := range block.lines {
		if ctx.Err() != nil {
			return // nobody waits for the block any more
		}
		report, err := b.line(ctx, block.lines[i], &want)
		if err != nil {
			block.err = err
			return
		}
		b.record(block, report)
	}
}

// line verifies one line. What is no token at all is a report as well; the error is for keys that cannot be had. Tokens
// of a batch are not told to the ring of secrets, which would grow with them: nothing of a token is printed but its
// report.
func (b *batch) line(ctx context.Context, l line, want *oidc.Expected) (*oidc.Report, error) {
	report, err := b.try(ctx, l, want)
	if err == nil {
		return report, nil
	}
	p := problem.As(err)
	if p.Kind != problem.Verification {
		return nil, err
	}
	return &oidc.Report{Kind: oidc.Unknown, Checks: verdict.Checks{{
		Rule: p.Code, Spec: p.Spec, Status: verdict.Fail, Want: p.Want, Got: p.Got, Hint: p.Hint,
	}}}, nil
}

func (b *batch) try(ctx context.Context, l line, want *oidc.Expected) (*oidc.Report, error) {
	if l.long() {
		return nil, jose.TooLong(l.bytes)
	}
	return b.one(ctx, b.clean(l.text), want)
}

// clean strips what a pasted token often carries, and says so once. A carriage return belongs to the end of the line.
func (b *batch) clean(text string) string {
	if n := len(text) - 1; n >= 0 && text[n] == '\r' {
		text = text[:n]
	}
	if spaced(text) {
		b.spaced.Do(func() { b.app.notice("%s", noteSpace) })
	}
	return b.app.withoutScheme(text)
}

// lastWrite bounds how long the end of a run waits for a reader of its output who may never read on.
const lastWrite = 200 * time.Millisecond

// promptly writes, and gives up with the context where the writing does not end.
func promptly(ctx context.Context, write func() error) error {
	done := make(chan error, 1)
	go func() { done <- write() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(lastWrite):
		return context.Cause(ctx)
	}
}
