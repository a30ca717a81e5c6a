// Command oauthctl drives OAuth 2.0 and OpenID Connect flows, verifies what comes back and says what is wrong.
package main

import (
	"os"

	"github.com/oauthctl/oauthctl/cmd"
)

func main() {
	os.Exit(cmd.Main(cmd.System(), os.Args[1:]))
}
