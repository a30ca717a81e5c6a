package cmd

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// writeKeys gives the keys of the test clients to whoever wants to be one of them. They are published keys, so that a
// file that holds one already stays; any other file is not touched, and then nothing is written.
func writeKeys(folder string, config op.Config) ([]op.KeyFile, error) {
	files, err := op.KeyFiles(config)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, problem.Usagef("serve.keys", "--write-keys: no client here has a key of the published test keys")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, badPlace(folder, err)
	}
	var missing []op.KeyFile
	for i := range files {
		files[i].Name = filepath.Join(folder, files[i].Name)
		old, err := os.ReadFile(files[i].Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, files[i])
		case err != nil:
			return nil, problem.Usagef("output.file", "reading %s: %v", files[i].Name, pathCause(err))
		case !bytes.Equal(old, fileOf(files[i])):
			return nil, problem.Usagef("output.file", "%s exists and holds something else", files[i].Name).
				WithHint("name another folder with --write-keys")
		}
	}
	for _, file := range missing {
		if err := writeNew(file.Name, fileOf(file)); err != nil {
			return nil, badPlace(file.Name, err)
		}
	}
	return files, nil
}

// fileOf is what a file holds: it ends in a line break, as text files do.
func fileOf(f op.KeyFile) []byte { return []byte(strings.TrimRight(f.Data.Reveal(), "\n") + "\n") }

// writeNew makes a file that only its owner can read, and that was not there: no link is followed either.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(name) // half a key would be in the way
	}
	return err
}

// commandFor is with which a client of a provider is tried.
func commandFor(config op.Config) string {
	switch {
	case config.RequireSignedResponse:
		return "oauthctl login --fapi2=message-signing"
	case config.FAPI2:
		return "oauthctl login --fapi2"
	}
	return "oauthctl token client-credentials"
}

// grantOf is the grant that a client needs for the command of commandFor.
func grantOf(command string) string {
	if strings.HasPrefix(command, "oauthctl login") {
		return "authorization_code"
	}
	return "client_credentials"
}

// proving are the clients that must be tried with DPoP. FAPI 2.0 turns it on by itself.
func proving(config op.Config) []string {
	var out []string
	for _, c := range config.Clients {
		if c.DPoPBound && !config.FAPI2 {
			out = append(out, c.ID)
		}
	}
	return out
}

// keyCommands are commands that work with the keys that were written: one for a client that signs, one for a client
// with a certificate.
func keyCommands(info op.Info, o *serveOptions) []string {
	if len(o.keys) == 0 && strings.HasPrefix(o.command, "oauthctl login") { // no client has a secret
		return []string{"oauthctl serve --as " + o.persona + " --write-keys keys   # the keys of these clients"}
	}
	flags, order := make(map[string]string), []string{}
	authority := ""
	for _, file := range o.keys {
		flag := " --" + file.Flag + " " + text.Quoted(file.Name)
		switch {
		case file.Flag == "cacert":
			authority = flag
		case file.ClientID == "":
		case flags[file.ClientID] == "":
			order = append(order, file.ClientID)
			flags[file.ClientID] = flag
		case file.Flag == "cert": // the first of the keys is enough
			flags[file.ClientID] += flag
		}
	}
	var out []string
	for _, id := range order {
		i := slices.IndexFunc(info.Clients, func(c op.ClientInfo) bool { return c.ID == id })
		if !slices.Contains(info.Clients[i].GrantTypes, grantOf(o.command)) {
			continue
		}
		if strings.Contains(flags[id], " --cert ") {
			flags[id] += authority
		}
		if slices.Contains(o.proving, id) {
			flags[id] += " --dpop"
		}
		out = append(out, o.command+" --issuer "+info.Issuer+" --client-id "+id+flags[id])
	}
	return out
}
