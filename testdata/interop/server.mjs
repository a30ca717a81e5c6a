// An OpenID provider that shares no code with oauthctl: panva's oidc-provider on loopback ports, with its own
// development pages for login, consent, device codes and logout. Prints one line of JSON once it listens; ends when its
// stdin is closed.
//
//   node server.mjs DIR      DIR holds ca.pem, server.pem and server.key for the listener that asks for certificates
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTLSServer } from 'node:https';
import { join } from 'node:path';

import Provider from 'oidc-provider';

import { extraTokenClaims, grantTypes, register } from './grants.mjs';

// A secret that reads differently raw and form-encoded (RFC 6749 §2.3.1), and everybody's password.
const secret = 'a+b/c%d:e=f&g?h-0123456789-0123456789';
const phrase = 'correct horse';

const jwk = (kid, alg, type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), kid, use: 'sig', ...(alg && { alg }),
});

const jwks = {
  keys: [
    jwk('rsa', 'RS256', 'rsa', { modulusLength: 2048 }),
    jwk('pss', 'PS256', 'rsa', { modulusLength: 2048 }),
    jwk('ec', 'ES256', 'ec', { namedCurve: 'P-256' }),
    jwk('ed', undefined, 'ed25519'), // serves both of its names, EdDSA and Ed25519
  ],
};

const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
const device = 'urn:ietf:params:oauth:grant-type:device_code';

// A native application may use any port of a loopback address (RFC 8252 §7.3).
const app = {
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
  post_logout_redirect_uris: ['http://127.0.0.1/callback', 'http://127.0.0.1/logout'],
};
const basic = { client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' };
const machine = { response_types: [], redirect_uris: [] };

const clients = [
  { ...app, client_id: 'public', token_endpoint_auth_method: 'none' },
  { ...app, ...basic, client_id: 'basic' },
  { ...app, client_id: 'post', client_secret: secret, token_endpoint_auth_method: 'client_secret_post' },
  ...algorithms.map((alg) => ({
    ...app, client_id: `public-${alg}`, token_endpoint_auth_method: 'none', id_token_signed_response_alg: alg,
  })),
  {
    ...app, client_id: 'implicit', token_endpoint_auth_method: 'none',
    grant_types: ['implicit'], response_types: ['id_token token'],
  },
  { ...machine, ...basic, client_id: 'service', grant_types: ['client_credentials'] },
  {
    ...machine, client_id: 'secret-jwt', client_secret: secret, token_endpoint_auth_method: 'client_secret_jwt',
    grant_types: ['client_credentials'],
  },
  {
    ...machine, client_id: 'tls', token_endpoint_auth_method: 'tls_client_auth', grant_types: ['client_credentials'],
    tls_client_auth_subject_dn: 'CN=tls-client,O=Interop',
  },
  { ...machine, client_id: 'tv', token_endpoint_auth_method: 'none', grant_types: [device, 'refresh_token'] },
  { ...machine, ...basic, client_id: 'tv-basic', grant_types: [device] },
  { ...machine, ...basic, client_id: 'exchanger', grant_types: [grantTypes.exchange] },
  { ...machine, ...basic, client_id: 'legacy', grant_types: [grantTypes.password] },
];

// https://<alg>.api.example asks for a JWT signed so; https://opaque.api.example for an opaque token.
const resource = (indicator) => {
  const name = new URL(indicator).hostname.split('.')[0];
  const alg = algorithms.find((candidate) => candidate.toLowerCase() === name);
  return {
    scope: 'read write',
    audience: indicator,
    accessTokenTTL: 600,
    ...(alg ? { accessTokenFormat: 'jwt', jwt: { sign: { alg } } } : { accessTokenFormat: 'opaque' }),
  };
};

// mTLS: what the TLS layer has found out, read as RFC 8705 §2.1 says it.
const certificate = (ctx) => ctx.req.socket.getPeerX509Certificate?.();
const mTLS = {
  enabled: true,
  selfSignedTlsClientAuth: true,
  tlsClientAuth: true,
  getCertificate: certificate,
  certificateAuthorized: (ctx) => ctx.req.socket.authorized === true,
  certificateSubjectMatches: (ctx, property, expected) =>
    property === 'tls_client_auth_subject_dn' && certificate(ctx).subject.split('\n').reverse().join(',') === expected,
};

const listening = async (server, scheme) => {
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return `${scheme}://127.0.0.1:${server.address().port}`;
};

// start makes a provider, whose settings differ from the common ones by more.
const start = async (more) => {
  const server = createServer();
  const issuer = await listening(server, 'http');
  const provider = new Provider(issuer, {
    clients,
    jwks,
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    clientAuthMethods: [
      'none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt',
      'tls_client_auth', 'self_signed_tls_client_auth',
    ],
    cookies: { keys: ['interop'] },
    enabledJWA: { idTokenSigningAlgValues: algorithms, clientAuthSigningAlgValues: [...algorithms, 'HS256'] },
    extraTokenClaims,
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `${id} of Interop`, email: `${id}@example.com`, email_verified: true }),
    }),
    pkce: { required: () => true },
    responseTypes: ['code', 'id_token token', 'id_token', 'none'],
    rotateRefreshToken: true,
    scopes: ['openid', 'offline_access', 'profile', 'email', 'read', 'write'],
    ...more,
    features: {
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      mTLS,
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, indicator) => resource(indicator),
      },
      revocation: { enabled: true },
      webMessageResponseMode: { enabled: true, ack: 'individual-draft-01' },
      ...more.features,
    },
  });
  register(provider, resource, phrase);
  server.on('request', provider.callback());
  return { issuer, provider };
};

const read = (name) => readFileSync(join(process.argv[2], name));
const secure = createTLSServer({
  ca: read('ca.pem'), cert: read('server.pem'), key: read('server.key'),
  requestCert: true, rejectUnauthorized: false, // a self-signed certificate is a client's too
});
const mtls = await listening(secure, 'https');

const main = await start({
  discovery: {
    mtls_endpoint_aliases: {
      token_endpoint: `${mtls}/token`,
      introspection_endpoint: `${mtls}/token/introspection`,
      revocation_endpoint: `${mtls}/token/revocation`,
      pushed_authorization_request_endpoint: `${mtls}/request`,
      device_authorization_endpoint: `${mtls}/device/auth`,
    },
  },
});
secure.on('request', main.provider.callback());
const pushed = await start({ features: { pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true } } });

process.stdin.resume().on('end', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ issuer: main.issuer, pushed: pushed.issuer, mtls, secret })}\n`);
