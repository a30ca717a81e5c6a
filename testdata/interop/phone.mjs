// The device at which a person answers what a client asked behind the browser's back (OpenID Connect CIBA §7): a
// request waits here, by the name of its account, until somebody answers it.
//
//   GET  /NAME            the request, once it is there
//   POST /NAME/approve    and /NAME/deny
import { createServer } from 'node:http';

import { errors } from 'oidc-provider';

const waiting = new Map(); // account → what resolves with its request

const entry = (name) => {
  if (!waiting.has(name)) waiting.set(name, Promise.withResolvers?.() ?? withResolvers());
  return waiting.get(name);
};

const withResolvers = () => {
  const out = {};
  out.promise = new Promise((resolve) => { out.resolve = resolve; });
  return out;
};

// ciba is oidc-provider's feature, as far as it leaves it to whoever runs it. Every name but nobody is an account's.
export const ciba = {
  enabled: true,
  deliveryModes: ['poll'],
  processLoginHint: (ctx, hint) => (hint === 'nobody' ? undefined : hint),
  processLoginHintToken: (ctx, token) => /^hint-token-for-(.+)$/.exec(token)?.[1],
  triggerAuthenticationDevice: (ctx, request, account) => {
    const { provider, requestParamScopes } = ctx.oidc;
    entry(account.accountId).resolve({ provider, request, scopes: [...requestParamScopes].join(' ') });
  },
  validateRequestContext: () => {},
  verifyUserCode: () => {},
};

const answers = {
  approve: async ({ provider, request, scopes }) => {
    const grant = new provider.Grant({ clientId: request.clientId, accountId: request.accountId });
    grant.addOIDCScope(scopes);
    await grant.save();
    return [grant, { acr: request.params.acr_values, authTime: Math.floor(Date.now() / 1000) }];
  },
  deny: () => [new errors.AccessDenied('the person said no')],
};

export const phone = createServer(async (req, res) => {
  const [, name, answer] = req.url.split('/');
  const asked = await entry(name).promise;
  if (req.method === 'POST') {
    waiting.delete(name);
    await asked.provider.backchannelResult(asked.request, ...await answers[answer](asked));
  }
  res.setHeader('content-type', 'application/json').end(JSON.stringify(asked.request.params));
});
