package cmd

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// parts is a body that may be given in parts, as curl takes them: those of a form, joined by &.
type parts struct{ whole *string }

// String returns the body.
func (p parts) String() string {
	if p.whole == nil { // pflag makes one to learn what nothing looks like
		return ""
	}
	return *p.whole
}

// Type names the type as pflag does.
func (parts) Type() string { return "string" }

// Set adds a part.
func (p parts) Set(value string) error {
	switch {
	case *p.whole == "":
		*p.whole = value
	case strings.HasPrefix(*p.whole, "@") || strings.HasPrefix(value, "@"):
		return errors.New("a body from a file is the whole body, and more than one was given")
	default:
		*p.whole += "&" + value
	}
	return nil
}

// callBody opens the request's body; nil where there is none. The length is 0 where it is not known.
func (app *App) callBody(o *callOptions) (io.Reader, int64, error) {
	file, isFile := strings.CutPrefix(o.data, "@")
	switch {
	case o.data != "" && o.dataFile != "":
		return nil, 0, problem.Usagef("usage.data", "--data and --data-file were both given, and a request has one body")
	case o.dataFile != "":
		return app.openInput(o.dataFile, "--data-file -")
	case isFile:
		return app.openInput(file, "--data @-")
	case o.data != "":
		return strings.NewReader(o.data), 0, nil
	}
	return nil, 0, nil
}

// openInput opens a file, or stdin for "-", to be read once and at any length.
func (app *App) openInput(path, reader string) (io.Reader, int64, error) {
	if path == "-" {
		from, err := app.wholeStdin(reader)
		return from, 0, err
	}
	return openFile(path)
}

// openFile opens a file; the length of what is no regular file is not known.
func openFile(path string) (io.Reader, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, badRead(path, err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		_ = f.Close()
		return nil, 0, badRead(path, err)
	case info.IsDir():
		_ = f.Close()
		return nil, 0, problem.Usagef("input.file", "reading %s: it is a directory", path)
	case !info.Mode().IsRegular(): // a pipe has no length
		return f, 0, nil
	case info.Size() == 0:
		_ = f.Close()
		return http.NoBody, 0, nil
	}
	return f, info.Size(), nil
}

// guessType sets the type of a body by how it begins: JSON, else a form, as curl has it.
func guessType(body io.Reader, header http.Header) (io.Reader, error) {
	const most = 512
	if r, ok := body.(*strings.Reader); ok {
		start := make([]byte, most)
		n, _ := r.ReadAt(start, 0) // in memory: it ends early at most
		header.Set("Content-Type", typeOf(start[:n]))
		return body, nil
	}
	peeked := bufio.NewReaderSize(body, most)
	start, err := peeked.Peek(1)
	for err == nil && len(start) < most && len(bytes.TrimSpace(start)) == 0 {
		start, err = peeked.Peek(len(start) + 1)
	}
	if err != nil && len(start) == 0 && err != io.EOF {
		return nil, badRead("the body", err)
	}
	header.Set("Content-Type", typeOf(start))
	return readCloser{peeked, closer(body)}, nil
}

func closer(r io.Reader) io.Closer {
	if c, ok := r.(io.Closer); ok {
		return c
	}
	return io.NopCloser(r)
}

func typeOf(start []byte) string {
	if start = bytes.TrimSpace(start); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return "application/json"
	}
	return "application/x-www-form-urlencoded"
}

// maxKept bounds what is kept of a body that cannot be read again.
const maxKept = 1 << 20

// once hands a body out for one request; nil where there is none.
func once(body io.Reader) func() (io.Reader, error) {
	if body == nil {
		return nil
	}
	return func() (io.Reader, error) { return body, nil }
}

// reopening hands a body out for each request: the first may be refused for the lack of a nonce. A file is opened
// anew; of what can be read once, as much is read beforehand as may be kept.
func (o *callOptions) reopening(body io.Reader, length int64) (func() (io.Reader, error), error) {
	again := func() (io.Reader, error) { return nil, grant.ErrSpent }
	switch _, given := body.(*strings.Reader); {
	case body == nil || body == http.NoBody:
		return once(body), nil
	case given:
		return func() (io.Reader, error) { return strings.NewReader(o.data), nil }, nil
	case length > 0:
		again = func() (io.Reader, error) {
			f, _, err := openFile(o.bodyFile())
			return f, err
		}
	default:
		start, err := io.ReadAll(io.LimitReader(body, maxKept+1))
		if err != nil {
			return nil, badRead("the body", err)
		}
		if len(start) <= maxKept {
			return func() (io.Reader, error) { return bytes.NewReader(start), nil }, nil
		}
		body = readCloser{io.MultiReader(bytes.NewReader(start), body), closer(body)}
	}
	next := once(body)
	return func() (io.Reader, error) {
		open := next
		next = again
		return open()
	}, nil
}

// bodyFile is the name of the file with the body.
func (o *callOptions) bodyFile() string {
	if o.dataFile != "" {
		return o.dataFile
	}
	return strings.TrimPrefix(o.data, "@")
}
