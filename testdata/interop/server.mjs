// An OpenID provider that shares no code with oauthctl: panva's oidc-provider on loopback ports, with its own
// development pages for login, consent, device codes and logout. Prints one line of JSON once it listens; ends when its
// stdin is closed.
//
//   node server.mjs DIR      DIR holds ca.pem, server.pem and server.key for the listeners that ask for certificates
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTLSServer } from 'node:https';
import { join } from 'node:path';

import Provider from 'oidc-provider';

import { api, authTime } from './api.mjs';
import { algorithms, clients, phrase, secret } from './clients.mjs';
import { clientDefaults, enabledJWA, fapi, features, signing } from './features.mjs';
import { extraTokenClaims, register } from './grants.mjs';
import { jwks } from './keys.mjs';
import { phone } from './phone.mjs';

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

const listening = async (server, scheme) => {
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return `${scheme}://127.0.0.1:${server.address().port}`;
};

const read = (name) => readFileSync(join(process.argv[2], name));

// aliases are the endpoints at the listener that asks for certificates (RFC 8705 §5).
const aliases = (mtls) => ({
  token_endpoint: `${mtls}/token`,
  introspection_endpoint: `${mtls}/token/introspection`,
  revocation_endpoint: `${mtls}/token/revocation`,
  pushed_authorization_request_endpoint: `${mtls}/request`,
  device_authorization_endpoint: `${mtls}/device/auth`,
  backchannel_authentication_endpoint: `${mtls}/backchannel`,
  userinfo_endpoint: `${mtls}/me`,
});

// start makes a provider, whose settings differ from the common ones by more.
const start = async (more) => {
  const server = createServer();
  const secure = createTLSServer({
    ca: read('ca.pem'), cert: read('server.pem'), key: read('server.key'),
    requestCert: true, rejectUnauthorized: false, // a self-signed certificate is a client's too
  });
  const issuer = await listening(server, 'http');
  const mtls = await listening(secure, 'https');
  const provider = new Provider(issuer, {
    clients,
    jwks,
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    clientAuthMethods: [
      'none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt',
      'tls_client_auth', 'self_signed_tls_client_auth',
    ],
    clientDefaults,
    cookies: { keys: ['interop'] },
    discovery: { mtls_endpoint_aliases: aliases(mtls) },
    enabledJWA,
    extraTokenClaims: (ctx) => ({ ...extraTokenClaims(ctx), ...authTime(ctx) }),
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `${id} of Interop`, email: `${id}@example.com`, email_verified: true }),
    }),
    pkce: { required: () => true },
    responseTypes: ['code', 'id_token token', 'id_token', 'code id_token', 'code token', 'code id_token token', 'none'],
    rotateRefreshToken: true,
    scopes: ['openid', 'offline_access', 'profile', 'email', 'read', 'write'],
    ...more,
    features: {
      ...features,
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, indicator) => resource(indicator),
      },
      ...more.features,
    },
  });
  server.on('request', provider.callback());
  secure.on('request', provider.callback());
  return { issuer, mtls, provider };
};

const main = await start({});
register(main.provider, resource, phrase);
const initial = 'initial-0123456789'; // lets a client register
const pushed = await start({
  features: {
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    registration: { enabled: true, initialAccessToken: initial },
  },
});

process.stdin.resume().on('end', () => process.exit(0));
process.stdout.write(`${JSON.stringify({
  issuer: main.issuer,
  mtls: main.mtls,
  pushed: pushed.issuer,
  fapi: (await start(fapi)).issuer,
  signing: (await start(signing)).issuer,
  api: await listening(api(main.issuer, 'https://es256.api.example'), 'http'),
  phone: await listening(phone, 'http'),
  initial,
  secret,
})}\n`);
