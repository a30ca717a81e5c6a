package cmd

import (
	"io"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
)

const (
	blockSize = 32 << 10             // how much one read asks for
	maxLine   = jose.MaxToken + 1024 // the largest token, a prefix and white space
)

// line is one line of a block, without its end.
type line struct {
	text  string
	bytes int  // its length; more than text has where the line was too long to keep
	ended bool // by a newline, and not by the end of the input
}

// lines cuts a stream into blocks of whole lines without blank ones. It keeps no more than one line back, and of that
// one no more than a token can have.
type lines struct {
	from io.Reader
	name string

	rest    []byte // the beginning of a line whose end has not come
	dropped int    // how much of that line was too much, and is gone
	blank   bool   // blank lines were left out
	ended   bool
}

// next fills the block with the lines of one read, or of several where a line is longer: what has come waits for nothing
// else. At the end of the input the block is empty.
func (l *lines) next(b *block) error {
	b.lines = b.lines[:0]
	for len(b.lines) == 0 && !l.ended {
		if err := l.read(b); err != nil {
			return err
		}
	}
	return nil
}

// more adds the lines that follow to the block until there are two, so that one token can be told from many.
func (l *lines) more(b *block) error {
	for len(b.lines) < 2 && !l.ended {
		if err := l.read(b); err != nil {
			return err
		}
	}
	return nil
}

func (l *lines) read(b *block) error {
	b.data = append(append(b.data[:0], l.rest...), make([]byte, blockSize)...)
	start, from := 0, len(l.rest)
	n, err := l.from.Read(b.data[from:])
	text := string(b.data[:from+n]) // which the lines share
	for {
		i := strings.IndexByte(text[from:], '\n')
		if i < 0 {
			break
		}
		l.add(b, text[start:from+i], true)
		start, from = from+i+1, from+i+1
	}
	l.rest = append(l.rest[:0], text[start:]...)
	if len(l.rest) > maxLine {
		l.dropped += len(l.rest)
		l.rest = l.rest[:0]
	}
	if err == io.EOF {
		l.ended = true
		l.add(b, text[start:], false)
		return nil
	}
	if err != nil {
		return badRead(l.name, err)
	}
	return nil
}

func (l *lines) add(b *block, text string, ended bool) {
	size := l.dropped + len(text)
	if l.dropped > 0 || size > maxLine {
		b.lines = append(b.lines, line{bytes: size, ended: ended})
		l.dropped = 0
		return
	}
	if len(strings.TrimSpace(text)) == 0 {
		l.blank = l.blank || ended || size > 0
		return
	}
	b.lines = append(b.lines, line{text: text, bytes: size, ended: ended})
}

// long says that the line was too long to keep.
func (l line) long() bool { return len(l.text) < l.bytes }

// around is the white space after the only line of an input, as far as a reader is told of it.
func (l *lines) around(only line) string {
	space := ""
	if only.ended {
		space = "\n"
	}
	if l.blank {
		space += "\n"
	}
	return space
}
