package cmd

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/render"
)

// version is set by the release build.
var version = "" //nolint:gochecknoglobals // the linker writes it

// errVersion ends the parsing of flags where --version is among them.
var errVersion = errors.New("the version was asked for")

// versionFlag is --version. Like --help it stands on every command, and goes before whatever the command demands.
type versionFlag struct{}

func (versionFlag) String() string { return "false" }
func (versionFlag) Type() string   { return "bool" }

// Set ends the parsing, unless the value is false.
func (versionFlag) Set(value string) error {
	on, err := strconv.ParseBool(value)
	if err == nil && on {
		err = errVersion
	}
	return err
}

// versionLine is "oauthctl VERSION (GOVERSION, OS/ARCH)".
func versionLine() string {
	return fmt.Sprintf("oauthctl %s (%s, %s/%s)\n", versionNumber(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionNumber is the release's, else the module's, else "dev".
func versionNumber() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

func newVersion(app *App) *cobra.Command {
	c := &cobra.Command{
		Use:     "version",
		Short:   "The version of this program",
		Example: "  oauthctl version\n  oauthctl version -o json",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return runVersion(app) },
	}
	describeOutput(c, textOrJSON, formatText)
	return c
}

func runVersion(app *App) error {
	if app.format == formatJSON {
		return app.emit(render.JSON(struct {
			Version string `json:"version"`
			Go      string `json:"go"`
			OS      string `json:"os"`
			Arch    string `json:"arch"`
		}{versionNumber(), runtime.Version(), runtime.GOOS, runtime.GOARCH}))
	}
	return app.emit([]byte(versionLine()))
}
