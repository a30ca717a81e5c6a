package cmd

import (
	"fmt"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// recorder takes down all exchanges of the run, for --trace and --har; nil where neither was asked for.
func (app *App) recorder() *wire.Recorder {
	g := &app.global
	if app.recording != nil || !g.trace && g.har == "" {
		return app.recording
	}
	visibility, trace := wire.Redact, app.Err
	if g.showSecrets {
		visibility = wire.ShowSecrets
		app.warnAlways(verdict.Check{Rule: "wire.show_secrets", Got: "--show-secrets: the trace and the HAR file hold live secrets and tokens"})
	}
	if !g.trace {
		trace = nil
	}
	app.recording = wire.NewRecorder(app.ring, trace, visibility)
	return app.recording
}

// writeHAR writes the file of --har when the command is over, whatever became of it: failed is what ends the run. That
// the file cannot be written fails a run that went well, and is a warning beside another failure.
func (app *App) writeHAR(failed error) error {
	if app.archive == nil {
		return failed
	}
	data, err := app.recording.HAR(versionNumber())
	if err == nil {
		_, err = app.archive.Write(data)
	}
	if err == nil {
		err = app.archive.keep()
		app.archive = nil
	}
	switch {
	case err == nil:
		return failed
	case failed == nil:
		return fmt.Errorf("writing the exchanges down: %w", err)
	}
	app.warn(verdict.Check{Rule: problem.As(err).Code, Got: "the exchanges were not written down: " + err.Error()})
	return failed
}
