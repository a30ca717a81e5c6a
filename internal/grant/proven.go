package grant

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// prove puts a proof on a request, for the access token where one goes with it; without a key it does nothing
// (RFC 9449 §4.1).
func (env *Env) prove(r wire.Request, token secret.Secret) error {
	if env.DPoP == nil {
		return nil
	}
	proof, err := env.DPoP.Proof(cmp.Or(r.Method, http.MethodGet), env.Wire.Target(r), token, env.Now())
	if err == nil {
		r.Header.Set("DPoP", proof)
	}
	return err
}

// proven sends a request that has a proof. Where the server demands a nonce in it, attempt is called once more, and has
// to make everything anew: the proof, and an assertion of the client beside it (RFC 9449 §8, §9).
func (env *Env) proven(attempt func() (*wire.Response, error)) (*wire.Response, error) {
	answer, err := attempt()
	if err != nil || env.DPoP == nil || !oauth.NonceDemanded(answer.Status, answer.Header, answer.Body) {
		return answer, err
	}
	if err := oauth.JudgeDemand(answer.Header); err != nil {
		return nil, err
	}
	env.Observer.Step("the server wants its nonce in the DPoP proof: once more, with it")
	if answer, err = attempt(); err != nil {
		return nil, err
	}
	if oauth.NonceDemanded(answer.Status, answer.Header, answer.Body) {
		return nil, endlessNonces(answer.Status)
	}
	return answer, nil
}

// Learning keeps the nonce of every answer of a run, whatever was asked, with a proof or without. One that cannot be used
// is a warning, as the next request will tell, but where a proof was refused for the lack of it: whoever sent that judges
// it (RFC 9449 §8.2, §9).
func Learning(nonces *oauth.Nonces, observer Observer) wire.Answered {
	return func(sent *http.Request, answer *http.Response, body []byte) {
		err := nonces.Learn(sent.URL.Scheme+"://"+sent.Host, answer.Header)
		if err == nil || sent.Header.Get("DPoP") != "" && oauth.NonceDemanded(answer.StatusCode, answer.Header, body) {
			return
		}
		p := problem.As(err)
		observer.Checks(verdict.Checks{{
			Rule: p.Code, Spec: p.Spec, Status: verdict.Warn, Want: p.Want, Got: p.Message + ": " + p.Got,
		}})
	}
}

// endlessNonces ends a conversation in which the one retry was answered by the same demand.
func endlessNonces(status int) error {
	return &problem.Error{
		Kind: problem.Provider, Code: "oauth.use_dpop_nonce", Spec: "RFC 9449 §8",
		Message: "the server demands a nonce in the DPoP proof (use_dpop_nonce), and again after it got the one that it gave",
		Hint:    "the server is at fault, or several that share no nonces answer under its name: --trace shows what each answer gave",
		Answer:  &problem.Answer{Error: "use_dpop_nonce", Status: status},
	}
}

// Scheme is how a token of this run goes into an Authorization header (RFC 6750 §2.1, RFC 9449 §7.1).
func (env *Env) Scheme() string {
	if env.DPoP != nil && !env.sent.downgraded {
		return oauth.TypeDPoP
	}
	return oauth.TypeBearer
}

// authorized returns a request with the token in its header, and never in its address, and a proof for the two where the
// token is bound to a key (RFC 6750 §2.1, RFC 9449 §7.1).
func (env *Env) authorized(r wire.Request, token secret.Secret) (wire.Request, error) {
	r.Header = r.Header.Clone()
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	r.Header.Set("Authorization", env.Scheme()+" "+token.Reveal())
	if env.Scheme() == oauth.TypeBearer {
		return r, nil
	}
	return r, env.prove(r, token)
}

// Resource sends a request without a body to a protected resource, with the token (RFC 6750 §2, RFC 9449 §7, §9).
func (env *Env) Resource(ctx context.Context, r wire.Request, token secret.Secret) (*wire.Response, error) {
	return env.proven(func() (*wire.Response, error) {
		own, err := env.authorized(r, token)
		if err != nil {
			return nil, err
		}
		return env.Wire.Do(ctx, own)
	})
}

// ErrSpent says that the body of a request was sent and cannot be read again.
var ErrSpent = errors.New("the body was read once, and cannot be read again")

// Stream is Resource for a body and an answer of any length. The body is opened anew for the second request: by a
// function that may say ErrSpent, or nil where there is no body.
func (env *Env) Stream(ctx context.Context, r wire.Request, token secret.Secret, body func() (io.Reader, error)) (*http.Response, error) {
	send := func() (*http.Response, error) {
		own, err := env.authorized(r, token)
		if err == nil && body != nil {
			own.Body, err = body()
		}
		if err != nil {
			return nil, err
		}
		return env.Wire.Stream(ctx, own)
	}
	answer, err := send()
	if err != nil || env.Scheme() == oauth.TypeBearer {
		return answer, err
	}
	if !oauth.NonceDemanded(answer.StatusCode, answer.Header, nil) {
		return answer, nil
	}
	_ = answer.Body.Close()
	if err := oauth.JudgeDemand(answer.Header); err != nil {
		return nil, fmt.Errorf("%s: %w", r.Doing, err)
	}
	env.Observer.Step("the API wants its nonce in the DPoP proof: once more, with it")
	again, err := send()
	if errors.Is(err, ErrSpent) {
		return nil, fmt.Errorf("%s: %w", r.Doing, spent())
	}
	return again, err
}

// spent is the error of a call that has to be made again, and whose body is gone.
func spent() error {
	return &problem.Error{
		Kind: problem.Provider, Code: "oauth.use_dpop_nonce", Spec: "RFC 9449 §9",
		Message: "the API demands a nonce in the DPoP proof (use_dpop_nonce), and the body was too long to be kept for a second request",
		Hint:    "give the body as a file, which can be read twice: -d @FILE",
		Answer:  &problem.Answer{Error: "use_dpop_nonce", Status: http.StatusUnauthorized},
	}
}

// extra are the further parameters of an authorization request: the user's, and which key the code is to be bound to
// (RFC 9449 §10).
func (env *Env) extra() url.Values {
	if env.DPoP == nil {
		return env.AuthParams
	}
	extra := maps.Clone(env.AuthParams)
	if extra == nil {
		extra = make(url.Values)
	}
	extra.Set("dpop_jkt", env.DPoP.Thumbprint())
	return extra
}

// refusedToken says why a token was refused at userinfo, as far as the challenge tells (RFC 6750 §3.1, RFC 9449 §7.1).
func (env *Env) refusedToken(answer *wire.Response, token secret.Secret) error {
	refused := Refused{
		URL: answer.URL, Status: answer.Status, Header: answer.Header, Token: token, Scheme: env.Scheme(), Now: env.Now(), Who: "the provider",
	}
	if strings.HasPrefix(answer.URL, "https://") {
		refused.Certificate = CertificateThumbprint(env.Certificate)
	}
	return refused.Explain()
}
