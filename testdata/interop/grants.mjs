// Grants that oidc-provider leaves to whoever runs it: it has an interface for them (registerGrantType), and no rules of
// its own. Client authentication, the reading of parameters, repeated ones, the check that the client may use the
// grant, resources, tokens and errors are oidc-provider's; what is here decides whose token it is.
import { createLocalJWKSet, jwtVerify } from 'jose';
import { errors } from 'oidc-provider';

export const grantTypes = {
  exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  jwtBearer: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  password: 'password',
};

const types = 'urn:ietf:params:oauth:token-type:';
const accessToken = `${types}access_token`;

// issue makes an access token of oidc-provider's own kind, for the resource that was asked for or for userinfo.
const issue = async (ctx, account, resource) => {
  const { client, params, provider } = ctx.oidc;
  const token = new provider.AccessToken({ accountId: account, client, gty: params.grant_type });
  token.scope = params.scope;
  if (params.resource) {
    const info = resource(params.resource);
    token.resourceServer = new provider.ResourceServer(params.resource, info);
    const asked = (params.scope ?? '').split(' ');
    token.scope = asked.filter((scope) => info.scope.split(' ').includes(scope)).join(' ') || undefined;
  }
  ctx.oidc.entity('AccessToken', token);
  return { access_token: await token.save(), token_type: token.tokenType, expires_in: token.expiration, scope: token.scope };
};

// exchange knows one kind of token, oidc-provider's own opaque access tokens: impersonation, and delegation with an act
// claim (RFC 8693). It takes no SAML and no tokens of others, and gives no refresh token.
const exchange = (resource) => async (ctx) => {
  const { params, provider } = ctx.oidc;
  const find = async (role) => {
    if (params[`${role}_token_type`] !== accessToken) {
      throw new errors.InvalidRequest(`${role}_token_type must be ${accessToken}`);
    }
    const value = params[`${role}_token`];
    const token = await provider.AccessToken.find(value) ?? await provider.ClientCredentials.find(value);
    if (!token) throw new errors.InvalidRequest(`${role}_token is unknown or expired`);
    return token.accountId ?? token.clientId;
  };
  if (![undefined, accessToken, `${types}jwt`].includes(params.requested_token_type)) {
    throw new errors.InvalidRequest('requested_token_type is not supported');
  }
  const subject = await find('subject');
  if (params.actor_token) ctx.actor = { act: { sub: await find('actor') } };
  ctx.body = { ...await issue(ctx, subject, resource), issued_token_type: accessToken };
};

// extraTokenClaims puts the act claim into the token (RFC 8693 §4.1).
export const extraTokenClaims = (ctx) => ctx.actor;

// jwtBearer takes an assertion that is signed with a key of the client (RFC 7523 §3).
const jwtBearer = (resource) => async (ctx) => {
  const { client, params, provider } = ctx.oidc;
  const verified = await jwtVerify(params.assertion, createLocalJWKSet(client.jwks), {
    issuer: client.clientId, audience: [provider.issuer, `${provider.issuer}/token`], requiredClaims: ['sub', 'exp'],
  }).catch((cause) => { throw new errors.InvalidGrant(`assertion: ${cause.message}`); });
  ctx.body = await issue(ctx, verified.payload.sub, resource);
};

// password takes the one password that everybody has here (RFC 6749 §4.3).
const password = (resource, phrase) => async (ctx) => {
  const { params } = ctx.oidc;
  if (params.password !== phrase) throw new errors.InvalidGrant('the name or the password is wrong');
  ctx.body = await issue(ctx, params.username, resource);
};

export const register = (provider, resource, phrase) => {
  const common = ['scope', 'resource'];
  provider.registerGrantType(grantTypes.exchange, exchange(resource), [
    ...common, 'audience', 'requested_token_type', 'subject_token', 'subject_token_type', 'actor_token', 'actor_token_type',
  ], ['audience']);
  provider.registerGrantType(grantTypes.jwtBearer, jwtBearer(resource), [...common, 'assertion']);
  provider.registerGrantType(grantTypes.password, password(resource, phrase), [...common, 'username', 'password']);
};
