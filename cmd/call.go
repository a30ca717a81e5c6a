package cmd

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

type callOptions struct {
	tokenFile      string
	method         string
	headers        []string
	data, dataFile string
	include, fail  bool
}

const formatBody = "body"

func newCall(app *App) *cobra.Command {
	o := &callOptions{}
	c := &cobra.Command{
		Use:   "call URL",
		Short: "One API request with the token; explains what a refusal means (RFC 6750)",
		Long: `Send one request with the access token to an API, and hand its answer on as it comes. The token goes to URL alone:
redirects are not followed. Exit 0 for a status below 400, else 3; of a refusal the challenge is explained.

A body that begins like JSON is sent as application/json, any other as a form, unless -H says what it is. With -o json
errors are JSON; the answer is as it came in any case.`,
		Example: `  oauthctl token client-credentials -p job | oauthctl call --token-file - https://api.example.com/orders
  oauthctl call --token-file token -d '{"amount": 7}' https://api.example.com/orders
  oauthctl call --token-file token -X PUT -H 'Content-Type: image/png' -d @photo.png https://api.example.com/photo`,
		Args: oneURL,
		RunE: func(cmd *cobra.Command, args []string) error { return runCall(cmd.Context(), app, o, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.tokenFile, "token-file", "", "read the access token from `FILE` (- for stdin)")
	f.StringVarP(&o.method, "request", "X", "", "the `METHOD` (default: GET, with a body POST)")
	listVarP(f, &o.headers, "request-header", "H", "a header of the request, as `'NAME: VALUE'`; repeatable")
	f.StringVarP(&o.data, "data", "d", "", "the request's body: `DATA`, @FILE, or @- for stdin")
	f.StringVar(&o.dataFile, "data-file", "", "the request's body is in `FILE` (- for stdin)")
	f.BoolVarP(&o.include, "include", "i", false, "show the answer's status and headers before its body")
	f.BoolVar(&o.fail, "fail", true, "exit 3 for a status of 400 or above; --fail=false exits 0")
	describeOutput(c, []string{formatBody, formatJSON}, formatBody)
	return c
}

func oneURL(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return problem.Usagef("usage.arguments", "no URL was given").WithHint("oauthctl call --token-file FILE https://api.example.com/orders")
	}
	return atMost(1)(cmd, args)
}

func runCall(ctx context.Context, app *App, o *callOptions, address string) error {
	if _, err := app.format([]string{formatBody, formatJSON}, formatBody); err != nil {
		return err
	}
	target, err := callTarget(address)
	if err != nil {
		return err
	}
	if o.tokenFile == "" {
		return noToken("no access token was given")
	}
	token, err := app.tokenFile("access token", o.tokenFile)
	if err != nil {
		return err
	}
	request, err := app.callRequest(o, target, token)
	if err != nil {
		return err
	}
	client, err := app.newWire(nil)
	if err != nil {
		return err
	}
	app.observer().Step("%s %s with the token as Bearer", request.Method, shortURL(target))
	answer, err := client.Stream(ctx, request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	err = app.pour(func(w io.Writer) error {
		if o.include {
			if err := writeHead(w, answer); err != nil {
				return err
			}
		}
		_, err := io.Copy(w, answer.Body)
		return err
	})
	if err != nil {
		return err
	}
	return app.judgeCall(o, request, token, answer)
}

// callTarget reads the URL. What is no address at all is the user's mistake; plain http is refused by the wire.
func callTarget(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		what := "the argument" // which may be a token in the wrong place
		if len(address) <= 32 {
			what = strconv.Quote(address)
		}
		return nil, problem.Usagef("usage.url", "%s is no http or https URL", what).
			WithHint("oauthctl call --token-file FILE https://api.example.com/orders")
	case u.User != nil:
		return nil, problem.Usagef("usage.url", "the URL has a user name before its host, which is %s", text.Escape(u.Host))
	}
	return u, nil
}

// shortURL is a URL without what may be secret in it.
func shortURL(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// callRequest makes the request: the token in the header and never in the address (RFC 6750 §2.1).
func (app *App) callRequest(o *callOptions, target *url.URL, token secret.Secret) (wire.Request, error) {
	r := wire.Request{Doing: "calling " + text.Escape(shortURL(target)), Method: strings.ToUpper(o.method), URL: target.String()}
	if !isToken(o.method) && o.method != "" {
		return r, problem.Usagef("usage.method", "-X %q is no HTTP method", text.Escape(o.method)).WithHint("-X POST")
	}
	header, err := callHeaders(o.headers)
	if err != nil {
		return r, err
	}
	if r.Body, r.Length, err = app.callBody(o); err != nil {
		return r, err
	}
	if r.Body != nil && r.Body != http.NoBody && header.Get("Content-Type") == "" {
		r.Body, err = guessType(r.Body, header)
		if err != nil {
			return r, err
		}
	}
	if r.Method == "" {
		if r.Method = http.MethodGet; r.Body != nil {
			r.Method = http.MethodPost
		}
	}
	if header.Get("Accept") == "" {
		header.Set("Accept", "*/*")
	}
	header.Set("Authorization", "Bearer "+token.Reveal())
	r.Header = header
	return r, nil
}

// callHeaders reads -H. The token alone authorizes: a header of the user's would replace it silently.
func callHeaders(lines []string) (http.Header, error) {
	header := make(http.Header)
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return nil, problem.Usagef("usage.header", "-H takes 'NAME: VALUE' on one line").WithHint("-H 'Accept: application/json'")
		}
		if strings.EqualFold(name, "Authorization") {
			return nil, problem.Usagef("usage.header", "-H cannot set Authorization: the token that was given is sent in it").
				WithHint("give the token with --token-file; for another kind of authentication use another program")
		}
		header.Add(name, strings.TrimSpace(value))
	}
	return header, nil
}

// isToken says whether a text is a token of HTTP, as names of methods and fields are (RFC 9110 §5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
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
		return io.NopCloser(app.In), 0, app.takeStdin(reader)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, problem.Usagef("input.file", "reading %s: %v", path, pathCause(err))
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		_ = f.Close()
		return nil, 0, problem.Usagef("input.file", "reading %s: %v", path, pathCause(err))
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
		return nil, problem.Usagef("input.file", "reading the body: %v", pathCause(err))
	}
	header.Set("Content-Type", typeOf(start))
	return struct {
		io.Reader
		io.Closer
	}{peeked, closer(body)}, nil
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

// writeHead shows the status and the headers as HTTP has them, hostile characters escaped.
func writeHead(w io.Writer, answer *http.Response) error {
	lines := []string{fmt.Sprintf("%s %s", answer.Proto, strings.TrimSpace(fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))))}
	names := make([]string, 0, len(answer.Header))
	for name := range answer.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range answer.Header[name] {
			lines = append(lines, text.Line(name+": "+value))
		}
	}
	_, err := io.WriteString(w, strings.Join(lines, "\r\n")+"\r\n\r\n")
	return err
}

// judgeCall says what an answer means beyond its body, which is handed over by now.
func (app *App) judgeCall(o *callOptions, r wire.Request, token secret.Secret, answer *http.Response) error {
	if location := answer.Header.Get("Location"); answer.StatusCode/100 == 3 && location != "" {
		app.warn(redirected(r.URL, location, answer.StatusCode))
	}
	if answer.StatusCode < http.StatusBadRequest {
		return nil
	}
	login := "oauthctl login"
	if name := app.global.profile; name != "" {
		login += " -p " + name
	}
	p := grant.Refused{
		URL: r.URL, Status: answer.StatusCode, Header: answer.Header, Token: token, Now: app.Now(), Login: login,
	}.Explain()
	if o.fail {
		return fmt.Errorf("%s: %w", r.Doing, p)
	}
	what := p.Message
	if p.Got != "" {
		what += "; got: " + p.Got
	}
	if p.Want != "" {
		what += "; want: " + p.Want
	}
	app.warn(verdict.Check{Rule: p.Code, Spec: p.Spec, Status: verdict.Warn, Got: what, Hint: strings.ReplaceAll(p.Hint, "\n", "; ")})
	return nil
}

// redirected tells of a redirect, which is never followed: the token is for the URL that was given.
func redirected(from, location string, status int) verdict.Check {
	c := verdict.Check{
		Rule: "wire.redirect", Spec: "RFC 9700 §4.12", Status: verdict.Warn,
		Got: fmt.Sprintf("the API answered %d and sends the call elsewhere; that was not followed, as the token is for the URL given alone", status),
	}
	base, _ := url.Parse(from) // it was called
	if to, err := base.Parse(location); err == nil && to.Host != "" && to.User == nil {
		c.Got += ": to " + text.Escape(shortURL(to))
	}
	return c
}
