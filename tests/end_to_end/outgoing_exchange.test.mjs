// Callers' tokens traded at a real authorization server for tokens that are good at one backend, which checks them.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { before, test } from 'node:test';
import { calls, guarded, issuer, nothingLeaked, resource } from './lib/guarded.mjs';
import { newKey } from './lib/issuer.mjs';
import { until } from './lib/process.mjs';

const audience = 'https://notes.example/mcp';
let keys;
before(async () => (keys = [await newKey('first'), await newKey('other')]));

// What a resource server does with an Authorization field: the claims of a token of this issuer for `audience`, or why not.
function claimsOf(of, authorization = '') {
    const [, token] = /^Bearer (\S+)$/.exec(authorization) ?? [];
    if (!token) return { problem: 'no token' };
    const [header, payload, signature] = token.split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url'));
    const jwk = of.keys.find((one) => one.kid === kid)?.publicJwk;
    const key = jwk && { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
    if (!key || !verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))) return { problem: 'signature' };
    const claims = JSON.parse(Buffer.from(payload, 'base64url'));
    if (claims.iss !== of.url || claims.exp <= Date.now() / 1000) return { problem: 'issuer or time' };
    return claims.aud === audience ? claims : { problem: `audience ${claims.aud}` };
}

// A gateway in front of a backend that lets in only who has a token of the issuer for it. `problems`: why it let somebody not in.
async function exchanging(t, { trade = {}, ...options } = {}) {
    const of = await issuer(t, keys);
    const problems = [];
    const started = await guarded(t, of, {
        ...options, env: { GATEWAY_SECRET: 'gateway-secret-that-nobody-may-see' },
        config: {
            outgoingAuth: {
                source: 'inline',
                default: {
                    type: 'token_exchange',
                    tokenExchange: { tokenUrl: `${of.url}/token`, clientId: 'gateway', clientSecretEnv: 'GATEWAY_SECRET', resource: audience, scopes: ['mcp:read'], ...trade },
                },
            },
        },
        prepare: (backend) => {
            backend.intercept = (exchange) => {
                const { problem } = claimsOf(of, exchange.headers.authorization);
                if (!problem) return false;
                problems.push(`${exchange.kind}: ${problem}`);
                exchange.status(401, '', { 'www-authenticate': 'Bearer error="invalid_token"' });
                return true;
            };
        },
    });
    return { of, started, problems };
}

test('one exchange for 1,000 calls; the backend gets tokens of its own audience, and each caller another one', async (t) => {
    const { of, started, problems } = await exchanging(t);
    const token = await of.forge({ aud: resource, sub: 'alice' });
    const client = await calls(started, token);
    for (let i = 0; i < 1000; i += 1) {
        const { message } = await client.request('tools/call', { name: 'notes_echo', arguments: {} });
        assert.equal(message.result?.content[0].text, 'hello', JSON.stringify(message));
    }
    assert.equal(of.exchanges.length, 1);
    const { form, client: by } = of.exchanges[0];
    const sent = Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined));
    assert.deepEqual({ ...sent, subject_token: sent.subject_token === token }, {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: true, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token', resource: audience, scope: 'mcp:read',
    });
    assert.equal(by, 'gateway');
    const seen = () => started.backend.requests('tools/call').map(({ headers }) => claimsOf(of, headers.authorization));
    assert.ok(seen().length > 1000);
    for (const claims of seen()) assert.deepEqual([claims.aud, claims.act_for, claims.client_id, claims.scope], [audience, 'alice', 'gateway', 'mcp:read']);
    const bob = await calls(started, await of.forge({ aud: resource, sub: 'bob' }));
    assert.equal((await bob.request('tools/call', { name: 'notes_echo', arguments: {} })).status, 200);
    assert.equal(of.exchanges.length, 2);
    assert.equal(seen().at(-1).act_for, 'bob');
    assert.equal((await client.request('tools/call', { name: 'notes_echo', arguments: {} })).status, 200);
    assert.equal(seen().at(-1).act_for, 'alice');
    assert.equal(of.exchanges.length, 2, 'the first caller\'s is still there');
    assert.deepEqual(problems, [], 'probes and lists bring a token of the gateway\'s own');
    await nothingLeaked(started, of);
});

test('many calls at once of one caller wait for one exchange', async (t) => {
    const { of, started } = await exchanging(t);
    const client = await calls(started, await of.forge({ aud: resource, sub: 'alice' }));
    assert.equal(of.exchanges.length, 1);
    const renewed = { authorization: `Bearer ${await of.forge({ aud: resource, sub: 'alice', jti: 'renewed' })}` };
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.request('tools/call', { name: 'notes_echo', arguments: {} }, { headers: renewed })));
    for (const { message } of answers) assert.equal(message.result?.content[0].text, 'hello', JSON.stringify(message));
    assert.equal(of.exchanges.length, 2, 'a renewed token is another one, traded once');
    await nothingLeaked(started, of);
});

test('a token for another audience is refused by the backend, and that is told without it', async (t) => {
    const { of, started, problems } = await exchanging(t, { trade: { resource: 'https://other.example/mcp' }, healthy: false });
    await until('the backend has refused', () => problems.length > 0);
    assert.ok(problems.every((one) => one.endsWith('audience https://other.example/mcp')), problems.join());
    await until('the row says so', async () => (await started.status()).backends[0].health === 'unauthenticated');
    await of.token({ resource });
    await nothingLeaked(started, of);
});
