package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
)

func newJWT(app *App) *cobra.Command {
	c := &cobra.Command{
		Use:     "jwt",
		Short:   "Look into a JWT, and verify it",
		Example: "  oauthctl jwt decode token.jwt\n  oauthctl jwt verify --issuer https://id.example.com --audience https://api.example.com token.jwt",
		Args:    noSubcommand, RunE: showHelp,
	}
	c.AddCommand(newDecode(app), newVerify(app))
	return c
}

// verifyOptions say what a token must be.
type verifyOptions struct {
	provider                  providerOptions // but for its issuer: there may be several
	issuers                   []string
	trust                     trustOptions
	jwks, secretFile          string
	kind, clientID, nonce     string
	audiences, scopes, claims []string
	strict, summary           bool
}

func (o *verifyOptions) flags(f *pflag.FlagSet) {
	listVar(f, &o.issuers, "issuer", "an issuer `URL` whose tokens are accepted, and whose keys are fetched; repeatable")
	o.provider.furtherFlags(f)
	o.trust.flags(f)
	f.StringVar(&o.jwks, "jwks", "", "the keys: a `FILE` (a key set, a JWK or PEM) or a URL; with --issuer too, nothing is fetched from it")
	f.StringVar(&o.secretFile, "secret-file", "", "the shared secret of an HS* token, or of one encrypted with it, in `FILE`")
	f.StringVar(&o.kind, "kind", "auto", "what the token is: `KIND` "+kindList())
	f.StringVar(&o.clientID, "client-id", "", "the client `ID` that an ID token must name")
	f.StringVar(&o.nonce, "nonce", "", "the `NONCE` that was sent")
	listVar(f, &o.audiences, "audience", "the `AUDIENCE` that the token must name; repeatable")
	listVar(f, &o.scopes, "require-scope", "a `SCOPE` that the token must grant; repeatable")
	listVar(f, &o.claims, "require-claim", "a claim that must be there, as `PATH=VALUE` with dots in the path; repeatable")
	f.BoolVar(&o.summary, "summary", false, "instead of reports print counts: how many tokens are valid, and by which rule the others failed")
	f.BoolVar(&o.strict, "strict", false, "RFC 9068 to the letter for access tokens")
}

func newVerify(app *App) *cobra.Command {
	o := &verifyOptions{}
	c := &cobra.Command{
		Use:   "verify [FILE|-|TOKEN]",
		Short: "Verify a token against the provider's keys; every check listed",
		Long: `Verify a token's signature and claims. Every check is made and shown, not only the first that fails;
what could not be checked, because nothing was expected, is listed as skipped. Exit 0 only where none failed.

More than one line of input: one token a line, one JSON object a line out, in order, for any number of tokens. What is
no token is reported in its place, and blank lines are left out. With --summary nothing but counts comes out, as text
or with -o json as an object: of all, of those that failed each rule, by kind, and by the issuers that are expected.`,
		Example: `  oauthctl jwt verify --issuer https://id.example.com --audience https://api.example.com token.jwt
  oauthctl jwt verify --issuer https://id.example.com --client-id web --kind id -o json < id_token
  oauthctl jwt verify --jwks keys.json --issuer https://id.example.com token.jwt
  oauthctl jwt verify --issuer https://id.example.com --summary tokens.txt`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runVerify(cmd.Context(), app, o, args) },
	}
	o.flags(c.Flags())
	describeOutput(c, textOrJSON, formatText)
	return c
}

func runVerify(ctx context.Context, app *App, o *verifyOptions, args []string) error {
	v, err := app.verifier(ctx, o)
	if err != nil {
		return err
	}
	from, name, err := app.openTokens(ctx, args)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	input, first := &lines{from: from, name: name}, newBlock()
	if err := input.more(first); err != nil {
		return err
	}
	switch {
	case len(first.lines) == 0:
		return errNoToken(name)
	case len(first.lines) > 1 && begins(first.lines[0].text):
		return notTokens(name)
	case o.summary:
		return v.summarize(ctx, input, first)
	case len(first.lines) > 1:
		return v.objects(ctx, input, first)
	}
	return v.single(ctx, first.lines[0], input.around(first.lines[0]))
}

// begins says whether a line is the first of a page, or of JSON that goes on: nothing in it is a token a line.
func begins(line string) bool {
	line = strings.ToLower(strings.TrimSpace(line))
	return line == "{" || line == "[" || strings.HasPrefix(line, "<!doctype html") || strings.HasPrefix(line, "<html")
}

func notTokens(name string) error {
	return &problem.Error{
		Kind: problem.Verification, Code: "jose.parts", Spec: "RFC 7515 §7.1",
		Message: "verifying the tokens: " + name + " holds a page or JSON over several lines, and no tokens, one a line",
		Hint:    "take the token out of an answer in JSON: jq -r .access_token, or .id_token; a page came in the place of one",
	}
}

// single verifies the one token that was given, with white space after it as it came.
func (v *verifier) single(ctx context.Context, l line, around string) error {
	app := v.app
	if l.long() {
		return fmt.Errorf("verifying the token: %w", jose.TooLong(l.bytes))
	}
	compact := app.forgive(l.text + around)
	app.ring.Add(secret.New(compact))
	report, err := v.one(ctx, compact, &v.want)
	if err != nil {
		return fmt.Errorf("verifying the token: %w", err)
	}
	app.warnOfKind(v.options, report.Kind)
	if app.format == formatJSON {
		err = app.emit(render.JSON(report))
	} else {
		err = app.emit(render.ReportText(app.outTheme(), report, app.Now()))
	}
	if err == nil && !report.Valid {
		err = errReported
	}
	return err
}

// verifier holds what does not change from token to token.
type verifier struct {
	app     *App
	options *verifyOptions
	want    oidc.Expected
	algs    jose.Algorithms
	keys    []issuerKeys // in the order in which the issuers were given
}

// issuerKeys are what the tokens of one issuer are verified with.
type issuerKeys struct {
	issuer string // empty: whoever issued the token
	keys   jose.KeySource
	allow  func(oidc.Kind) jose.Algorithms
	skew   time.Duration // of the issuer's clock
}

// verifier collects keys and expectations. Keys come from what the user named, never from what a token names.
func (app *App) verifier(ctx context.Context, o *verifyOptions) (*verifier, error) {
	v := &verifier{app: app, options: o}
	if err := v.expect(o); err != nil {
		return nil, err
	}
	var err error
	if v.want.Decryption, err = app.decryption(&o.trust.decryption); err != nil {
		return nil, err
	}
	switch {
	case o.jwks != "" || o.secretFile != "":
		err = v.localKeys(o)
	case len(o.issuers) > 0 || o.provider.named():
		err = v.remoteKeys(ctx, o)
	default:
		err = problem.Usagef("usage.keys", "there is nothing to verify with: no issuer, no key set, no secret").
			WithHint("--issuer URL, --jwks FILE|URL, or --secret-file FILE for HS*")
	}
	return v, err
}

// expect reads what the token must be.
func (v *verifier) expect(o *verifyOptions) (err error) {
	if v.algs, err = algorithms(o.trust.algs); err != nil {
		return err
	}
	v.want = oidc.Expected{
		Issuers: o.issuers, ClientID: o.clientID, Audiences: o.audiences, RequireScopes: splitWords(o.scopes),
		TrustedAudiences: o.trust.trustAud, AuthorizedParties: o.trust.allowAZPs, Leeway: o.trust.leeway, Strict: o.strict,
	}
	if o.provider.expectIssuer != "" {
		v.want.Issuers = []string{o.provider.expectIssuer}
	}
	if v.app.sources["nonce"].given() {
		v.want.Nonce, v.want.NonceOwed = &o.nonce, true
	}
	if o.kind != "auto" {
		v.want.Kind = oidc.Kind(o.kind)
		if !slices.Contains(oidc.Kinds(), v.want.Kind) {
			err := problem.Usagef("usage.kind", "--kind %q is none of %s", o.kind, kindList())
			if near := text.Suggest(o.kind, strings.Split(kindList(), ", ")); near != "" {
				return err.WithHint("did you mean --kind %s?", near)
			}
			return err
		}
	}
	for _, pair := range o.claims {
		path, value, ok := strings.Cut(pair, "=")
		if !ok || path == "" {
			return problem.Usagef("usage.pair", "--require-claim takes PATH=VALUE")
		}
		v.want.RequireClaims = append(v.want.RequireClaims, oidc.ClaimValue{Path: path, Value: value})
	}
	return nil
}

// localKeys takes the keys from a file or a named URL; the issuers are compared and never asked.
func (v *verifier) localKeys(o *verifyOptions) error {
	source, allow := jose.Fixed(&jose.KeySet{}), jose.Asymmetric()
	if strings.HasPrefix(o.jwks, "https://") || strings.HasPrefix(o.jwks, "http://") {
		client, err := v.app.newWire(o.provider.headers)
		if err != nil {
			return err
		}
		source = metadata.NewRemoteKeys(client, o.jwks, v.app.Now)
	} else if o.jwks != "" {
		data, err := v.app.readInput(o.jwks)
		if err != nil {
			return err
		}
		set, err := jose.ParseLocalKeys(data)
		if err != nil {
			return fmt.Errorf("reading the keys of %s: %w", o.jwks, err)
		}
		source = jose.Fixed(set)
		if slices.ContainsFunc(set.Keys, func(k *jose.Key) bool { return k.KeyType == "oct" }) {
			allow = slices.Concat(allow, jose.Symmetric()) // the user's own file, and no provider's
		}
	}
	if o.secretFile != "" {
		value, err := v.app.secretFile("secret", o.secretFile)
		if err != nil {
			return err
		}
		source, v.want.Decryption.Secret = jose.WithSecret(source, value), value
		allow = slices.Concat(allow, jose.Symmetric())
	}
	v.add(issuerKeys{keys: source, allow: func(oidc.Kind) jose.Algorithms { return allow }})
	return nil
}

// remoteKeys finds each issuer's key set by its metadata, which is fetched when the first token needs it.
func (v *verifier) remoteKeys(ctx context.Context, o *verifyOptions) error {
	client, err := v.app.newWire(o.provider.headers)
	if err != nil {
		return err
	}
	issuers := o.issuers
	if len(issuers) == 0 {
		issuers = []string{""}
	}
	for _, issuer := range issuers {
		one := o.provider
		one.issuer = issuer
		provider, err := v.app.provider(ctx, client, &one)
		if err != nil {
			return err
		}
		if _, err := provider.Endpoint("jwks"); err != nil {
			return err
		}
		v.add(issuerKeys{
			issuer: issuer, keys: keys(provider, client, v.app.Now), skew: provider.Skew(),
			allow: func(kind oidc.Kind) jose.Algorithms { return grant.Algorithms(provider, kind) },
		})
		if len(v.want.Issuers) == 0 && provider.Issuer != "" {
			v.want.Issuers = []string{provider.Issuer}
		}
	}
	return nil
}

// add takes an issuer's keys. Algorithms that the user named take the place of all others.
func (v *verifier) add(k issuerKeys) {
	if v.algs != nil {
		k.allow = func(oidc.Kind) jose.Algorithms { return v.algs }
	}
	v.keys = append(v.keys, k)
}

// one verifies one token.
func (v *verifier) one(ctx context.Context, compact string, want *oidc.Expected) (*oidc.Report, error) {
	by, now := v.keysFor(compact), *want
	now.Now, now.Skew = v.app.Now(), by.skew
	report, _, err := oidc.Verify(ctx, compact, by.allow, by.keys, now)
	return report, err
}

// keysFor returns the keys of the known issuer that a token names, which nobody has verified yet, else of the first.
func (v *verifier) keysFor(compact string) *issuerKeys {
	first := &v.keys[0]
	if len(v.keys) == 1 {
		return first
	}
	outer, err := oidc.Unwrap(compact, v.want.Decryption)
	if err != nil {
		return first
	}
	token, _, err := jose.Inspect(outer.Signed)
	if err != nil {
		return first
	}
	issuer, err := token.Claims.String("iss")
	i := slices.IndexFunc(v.keys, func(k issuerKeys) bool { return k.issuer == issuer })
	if err != nil || i < 0 {
		return first
	}
	return &v.keys[i]
}
