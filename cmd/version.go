package cmd

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the release build.
var version = "" //nolint:gochecknoglobals // the linker writes it

// versionLine is "oauthctl VERSION (GOVERSION, OS/ARCH)".
func versionLine() string {
	return fmt.Sprintf("oauthctl %s (%s, %s/%s)", versionNumber(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
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
	return &cobra.Command{
		Use:     "version",
		Short:   "The version of this program",
		Example: "  oauthctl version",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			return app.emit([]byte(versionLine() + "\n"))
		},
	}
}
