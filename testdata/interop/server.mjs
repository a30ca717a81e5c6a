// An OpenID provider that shares no code with oauthctl: panva's oidc-provider on a loopback port, with its own
// development pages for login and consent. Prints one line of JSON once it listens; ends when its stdin is closed.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

// A secret that reads differently raw and form-encoded (RFC 6749 §2.3.1).
const secret = 'a+b/c%d:e=f&g?h-0123456789-0123456789';

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

// A native application may use any port of a loopback address (RFC 8252 §7.3).
const app = {
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
};

const clients = [
  { ...app, client_id: 'public', token_endpoint_auth_method: 'none' },
  { ...app, client_id: 'basic', client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' },
  { ...app, client_id: 'post', client_secret: secret, token_endpoint_auth_method: 'client_secret_post' },
  ...algorithms.map((alg) => ({
    ...app, client_id: `public-${alg}`, token_endpoint_auth_method: 'none', id_token_signed_response_alg: alg,
  })),
  {
    client_id: 'service', client_secret: secret, token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'], response_types: [], redirect_uris: [],
  },
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

const server = createServer();
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients,
  jwks,
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  cookies: { keys: ['interop'] },
  enabledJWA: { idTokenSigningAlgValues: algorithms },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, indicator) => resource(indicator),
    },
  },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `${id} of Interop`, email: `${id}@example.com`, email_verified: true }),
  }),
  pkce: { required: () => true },
  scopes: ['openid', 'offline_access', 'profile', 'email', 'read', 'write'],
  rotateRefreshToken: true,
});

server.on('request', provider.callback());
process.stdin.resume().on('end', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ issuer, secret })}\n`);
