package cmd

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/profiles"
)

// ready is what serve tells a person: who can sign in, and commands to paste.
type ready struct {
	info    op.Info
	config  op.Config
	options *serveOptions
	keys    []op.KeyFile // that were written for its clients
}

func (r ready) text(theme render.Theme) []byte {
	info := r.info
	var out bytes.Buffer
	fmt.Fprintf(&out, "issuer  %s\n", theme.Bold.Render(info.Issuer))
	if len(info.Trials) > 0 {
		fmt.Fprintf(&out, "faults  %s, and so on: %d issuers, named as --list-faults does\n", info.Trials[0].Issuer, len(info.Trials))
	}
	fmt.Fprintln(&out)
	var rows [][]string
	for _, c := range info.Clients {
		rows = append(rows, []string{c.ID, orDash(c.Secret), c.AuthMethod, strings.Join(c.GrantTypes, " ")})
	}
	render.Table(&out, theme, []string{"CLIENT", "SECRET", "AUTHENTICATION", "GRANTS"}, rows)
	rows = nil
	for _, u := range info.Users {
		rows = append(rows, []string{u.Username, u.Password})
	}
	fmt.Fprintln(&out)
	render.Table(&out, theme, []string{"USER", "PASSWORD"}, rows)
	fmt.Fprintf(&out, "\n%s\n", theme.Heading.Render("Try it, in another terminal:"))
	for _, line := range append(r.commands(), r.keyCommands()...) {
		fmt.Fprintf(&out, "  %s\n", line)
	}
	return out.Bytes()
}

// commands work with the clients that are there.
func (r ready) commands() []string {
	info, persona := r.info, r.options.persona
	at, scopes, audience := " --issuer "+info.Issuer, " -s 'openid profile email offline_access'", " --audience "+op.DefaultAudience
	named := at
	if slices.Contains(profiles.Names(), persona) {
		named, scopes, audience = " --provider "+persona+at, "", ""
	}
	var out []string
	if c := pick(info, "authorization_code", "none", "client_secret_basic"); c != nil {
		out = append(out, asClient(c)+"oauthctl login"+named+" --client-id "+c.ID+scopes)
	}
	if c := pick(info, "client_credentials", "client_secret_basic"); c != nil {
		command := asClient(c) + "oauthctl token client-credentials" + named + " --client-id " + c.ID
		out = append(out, command, command+" | oauthctl jwt verify"+at+audience)
	}
	return append(out, "oauthctl discover "+info.Issuer, "oauthctl jwks "+info.Issuer)
}

// pick returns the first client of a grant that authenticates by the first possible of these methods, and that
// answers to the default redirect URI.
func pick(info op.Info, grantType string, methods ...string) *op.ClientInfo {
	for _, method := range methods {
		for i, c := range info.Clients {
			redirects := grantType == "client_credentials" || slices.Contains(c.RedirectURIs, "http://127.0.0.1/callback")
			if c.AuthMethod == method && slices.Contains(c.GrantTypes, grantType) && redirects {
				return &info.Clients[i]
			}
		}
	}
	return nil
}

// asClient is what a shell command begins with, so that it has the client's secret.
func asClient(c *op.ClientInfo) string {
	if c.Secret == "" {
		return ""
	}
	return "OAUTHCTL_CLIENT_SECRET=" + text.Quoted(c.Secret) + " "
}

// trialCommand is with which a client is tried that signs or shows a certificate, and the grant that it needs for that.
func (r ready) trialCommand() (command, grantType string) {
	switch {
	case r.config.RequireSignedResponse:
		return "oauthctl login --fapi2=message-signing", "authorization_code"
	case r.config.FAPI2:
		return "oauthctl login --fapi2", "authorization_code"
	}
	return "oauthctl token client-credentials", "client_credentials"
}

// keyCommands work with the keys that were written: one for a client that signs, one for a client with a certificate.
func (r ready) keyCommands() []string {
	command, grantType := r.trialCommand()
	if len(r.keys) == 0 && grantType == "authorization_code" { // no client has a secret
		serve := "oauthctl serve"
		if r.options.persona != "" {
			serve += " --as " + r.options.persona
		}
		if r.options.providerConfig != "" {
			serve += " --provider-config " + text.Argument(r.options.providerConfig)
		}
		return []string{serve + " --write-keys keys   # the keys of these clients"}
	}
	flags, order := make(map[string]string), []string{}
	authority := ""
	for _, file := range r.keys {
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
		i := slices.IndexFunc(r.info.Clients, func(c op.ClientInfo) bool { return c.ID == id })
		if !slices.Contains(r.info.Clients[i].GrantTypes, grantType) {
			continue
		}
		if strings.Contains(flags[id], " --cert ") {
			flags[id] += authority
		}
		bound := slices.ContainsFunc(r.config.Clients, func(c op.Client) bool { return c.ID == id && c.DPoPBound })
		if bound && !r.config.FAPI2 { // which turns proofs on by itself
			flags[id] += " --dpop"
		}
		out = append(out, command+" --issuer "+r.info.Issuer+" --client-id "+id+flags[id])
	}
	return out
}
