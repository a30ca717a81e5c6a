// Package problem holds the one error type that reaches a user: what went wrong, of which kind, by which
// section of which specification, and what to do next. Every layer returns it; only the command layer turns its
// kind into an exit code.
package problem

import (
	"errors"
	"fmt"
)

// Kind says who has to act, and so which exit code the program ends with.
type Kind int

// The kinds, in the order of their exit codes.
const (
	// Internal is a bug or an unexpected local failure: disk full, no port to listen on.
	Internal Kind = iota + 1
	// Usage is a wrong or missing flag, argument, profile or file.
	Usage
	// Provider is a refusal by the provider: an OAuth error response.
	Provider
	// Verification is a response, a token or metadata that failed a check.
	Verification
	// Network is DNS, TCP, TLS, proxy, a limit of one request, or an answer that is no OAuth answer.
	Network
	// Timeout is a person who did not finish in time.
	Timeout
	// Interaction is something that only a person can do first.
	Interaction
	// Interrupted is a signal; its exit code is the shell's, 128 and the signal's number.
	Interrupted
)

// String returns the kind's name as it stands in JSON errors.
func (k Kind) String() string {
	switch k {
	case Internal:
		return "internal"
	case Usage:
		return "usage"
	case Provider:
		return "provider"
	case Verification:
		return "verification"
	case Network:
		return "network"
	case Timeout:
		return "timeout"
	case Interaction:
		return "interaction"
	case Interrupted:
		return "interrupted"
	}
	return fmt.Sprintf("kind(%d)", int(k))
}

// Answer is what a provider said of its own refusal (RFC 6749 §5.2). Its texts are hostile: escape before printing.
type Answer struct {
	Error       string
	Description string
	URI         string
	Status      int    // HTTP status, 0 where the answer came through the browser
	Endpoint    string // that refused, as --endpoint names it; "" where that is not known
}

// Error is a failure that a user is told of.
type Error struct {
	Kind    Kind
	Code    string // stable and dotted, such as "id_token.nonce" or "network.tls"
	Message string // lower case, no full stop, no secret
	Spec    string // "RFC 9207 §2.4", or empty
	Want    string // what was expected, or empty where nothing is compared
	Got     string
	Hint    string // the next step, as a command where possible
	Answer  *Answer
	Cause   error // for errors.Is and errors.As; its text is not printed
}

// Error returns the message alone: want, got and hint are for the renderer.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Usagef returns a usage error with a formatted message.
//
//go:noinline
func Usagef(code, format string, args ...any) *Error {
	return &Error{Kind: Usage, Code: code, Message: fmt.Sprintf(format, args...)}
}

// WithHint returns a copy of e with the hint set.
//
//go:noinline
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// As returns the first *Error in err's chain; any other error is an Internal one with its text.
func As(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Message: err.Error(), Cause: err}
}
