// An API that wants to know when the person behind a token signed in (RFC 9470): whoever has a token of the provider's
// without that is asked for a login not older than ten minutes.
import { createServer } from 'node:http';

import { createRemoteJWKSet, jwtVerify } from 'jose';

const challenge = 'Bearer error="insufficient_user_authentication", error_description="a login of a person is wanted", max_age="600"';

// authTime puts the time of the login into tokens, for such APIs (RFC 9470 §6.1).
export const authTime = (ctx) => {
  const { AuthorizationCode: code } = ctx.oidc?.entities ?? {};
  return code && { auth_time: code.authTime };
};

export const api = (issuer, audience) => {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  return createServer((req, res) => judge(req, res, keys, { issuer, audience, typ: 'at+jwt' }));
};

const judge = async (req, res, keys, want) => {
  const token = /^Bearer (.+)$/.exec(req.headers.authorization)?.[1] ?? '';
  const answer = (status, body, header) => {
    res.writeHead(status, { 'content-type': 'application/json', ...(header && { 'www-authenticate': header }) }).end(JSON.stringify(body));
  };
  const verified = await jwtVerify(token, keys, want).catch(() => undefined);
  if (!verified) return answer(401, { error: 'invalid_token' }, 'Bearer error="invalid_token"');
  const { sub, auth_time: at } = verified.payload;
  if (!(at > Date.now() / 1000 - 600)) return answer(401, { error: 'insufficient_user_authentication' }, challenge);
  return answer(200, { sub });
};
