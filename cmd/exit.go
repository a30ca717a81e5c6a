package cmd

import (
	"context"
	"errors"
	"os"
	"syscall"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// exitTable is what `oauthctl help exit-codes` shows.
const exitTable = `exit  kind          meaning
   0                done, and everything that was checked held
   1  internal      a bug or an unexpected local failure (disk full, no port to listen on)
   2  usage         a wrong or missing flag, argument, profile or configuration; an unreadable file;
                    a named port that is taken; no key source for jwt verify
   3  provider      the provider refused: an OAuth error response (also with status 200);
                    call: any status of 400 or above
   4  verification  a response, a token or a provider's metadata failed a check: malformed JSON or keys,
                    a two-part token, a refused redirect, an issuer that differs, http:// off loopback
   5  network       DNS, TCP, TLS, proxy, a size or time limit of one request; an answer that is
                    no OAuth answer (HTML, a bare 500)
   6  timeout       the user did not finish in --wait, or a device or CIBA request expired
   7  interaction   a person must act first: a dead refresh token, a question that may not be asked
 130, 143           SIGINT, SIGTERM; nothing half-written is left

demo takes the code of its first failure.
`

// errReported is the error of a command whose report is its own bad news: nothing more is printed.
var errReported = errors.New("the report says what failed")

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal os.Signal }

func (e signalError) Error() string {
	if e.signal == syscall.SIGTERM {
		return "interrupted by SIGTERM"
	}
	return "interrupted by SIGINT"
}

// exitCode maps an error to the exit code of the contract. It is the only place that knows the numbers.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if s, ok := errors.AsType[signalError](err); ok {
		if s.signal == syscall.SIGTERM {
			return 143
		}
		return 130
	}
	if errors.Is(err, errReported) {
		return 4
	}
	if d, ok := errors.AsType[demoFailure](err); ok {
		return d.exit
	}
	if p, ok := errors.AsType[*problem.Error](err); ok {
		switch p.Kind {
		case problem.Usage:
			return 2
		case problem.Provider:
			return 3
		case problem.Verification:
			return 4
		case problem.Network:
			return 5
		case problem.Timeout:
			return 6
		case problem.Interaction:
			return 7
		case problem.Internal, problem.Interrupted:
			return 1
		}
	}
	if errors.Is(err, context.Canceled) {
		return 130
	}
	return 1
}
