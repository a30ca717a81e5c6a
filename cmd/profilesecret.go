package cmd

import (
	"slices"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// withholdSecret keeps the profile's client secret from another provider or client than the profile's own: who names one
// over a profile, which may only be the current one, is not thinking of its secret, and must not hand it to strangers.
func (app *App) withholdSecret(flags *pflag.FlagSet, active *profile.Profile) verdict.Checks {
	secretFile := app.sources["client-secret-file"]
	if active == nil || app.sources["client-secret"].Layer != FromProfile && secretFile.Layer != FromProfile {
		return nil
	}
	over := app.namedOver(flags, active)
	if over == "" {
		return nil
	}
	app.profileSecret = nil
	for _, name := range []string{"client-secret", "client-secret-file"} {
		if f := flags.Lookup(name); app.sources[name].Layer == FromProfile && f != nil {
			_ = f.Value.Set("") // a text, which takes any value
			f.Changed = false
		}
		delete(app.sources, name)
	}
	return verdict.Checks{{
		Rule: "profile.client_secret", Status: verdict.Warn,
		Got:  "the client secret of the profile " + text.Escape(active.Name) + " is not used, for " + over + " names another than the profile does",
		Hint: "give the secret that belongs to it with --client-secret-file FILE, or choose its profile with -p NAME",
	}}
}

// namedOver returns the source that names another provider or client than the profile; empty where the profile's own is
// meant, or it names none.
func (app *App) namedOver(flags *pflag.FlagSet, active *profile.Profile) string {
	own := fromProfile(flags, active, app.env)
	for _, name := range []string{"issuer", "metadata-url", "provider", "var", "client-id"} {
		source := app.sources[name]
		if !source.asked() {
			continue
		}
		rival := name // the profile's key that names the same thing
		if _, built := own["provider"]; name == "issuer" && own["issuer"] == nil && built {
			rival = "provider"
		}
		theirs, named := own[rival].(entry)
		_, fixed := own["issuer"]
		decides := !fixed || name != "provider" && name != "var" // a profile's issuer stands above a built-in provider's
		if named && decides && (rival != name || !slices.Equal(theirs.values, valuesOf(flags.Lookup(name)))) {
			return source.Name
		}
	}
	return ""
}
