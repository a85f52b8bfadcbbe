// Whatever a peer writes, vmcp connects nowhere it was not sent by its operator: a canary listens, and must hear nothing.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { answering, authorizationServer, closedBackend } from './lib/answers.mjs';
import { canary as listening } from './lib/forgery.mjs';
import { knock, resource, rulesOf } from './lib/guarded.mjs';
import { newKey } from './lib/issuer.mjs';
import { until } from './lib/process.mjs';
import { gateway } from './lib/setup.mjs';

let other;
before(async () => (other = await newKey('other')));

const canary = (t) => listening(t, other, resource);
const silent = (one) => {
    assert.deepEqual(one.log.map(({ method, path }) => `${method} ${path}`), [], 'the canary heard something');
    assert.equal(one.connections, 0, 'somebody came to the canary');
};

describe('an issuer', () => {
    // What it answers is ours to choose; the gateway trusts its address and no other.
    const rules = (at, more) => rulesOf({ url: at.base }, { jwksAllowPrivateIp: true, ...more });
    const metadata = '/.well-known/openid-configuration';

    for (const [title, more, answers] of [
        ['that redirects its metadata', {}, (at, bird) => ({ [metadata]: () => [302, '', { location: `${bird.base}${metadata}` }] })],
        ['that redirects its keys', {}, (at, bird) => ({
            [metadata]: () => [200, { issuer: at.base, jwks_uri: `${at.base}/keys` }],
            '/keys': () => [307, '', { location: `${bird.base}/keys` }],
        })],
        ['whose metadata is of another', {}, (at, bird) => ({ [metadata]: () => [200, { issuer: bird.base, jwks_uri: `${bird.base}/keys` }] })],
        ['whose keys are in clear text elsewhere', {}, (at, bird) => ({ [metadata]: () => [200, { issuer: at.base, jwks_uri: `http://0.0.0.0:${bird.port}/keys` }] })],
        ['whose keys are at an address of no host', { insecureAllowHttp: true }, (at, bird) => ({ [metadata]: () => [200, { issuer: at.base, jwks_uri: `http://0.0.0.0:${bird.port}/keys` }] })],
        ['whose keys are in a file', {}, (at) => ({ [metadata]: () => [200, { issuer: at.base, jwks_uri: 'file:///etc/passwd' }] })],
    ])
        test(`${title} leads nowhere`, async (t) => {
            const bird = await canary(t);
            const at = await answering(t, {});
            Object.assign(at.answers, answers(at, bird));
            const backend = await closedBackend(t, { described: {}, token: 'x' });
            const started = await gateway(t, { notes: backend.url }, { ready: false, config: { incomingAuth: rules(at, more) } });
            await until('it was asked', () => at.log.length > 0 && /the issuer http/.test(started.program.stderr));
            assert.equal((await knock(started, 'e30.e30.e30')).status, 401);
            silent(bird);
        });

    test('at a private address is not asked unless that is allowed', async (t) => {
        const bird = await canary(t);
        const backend = await closedBackend(t, { described: {}, token: 'x' });
        const started = await gateway(t, { notes: backend.url }, { ready: false, config: { incomingAuth: rules(bird, { jwksAllowPrivateIp: false }) } });
        await until('the reason', () => /see jwksAllowPrivateIp/.test(started.program.stderr));
        silent(bird);
    });
});

describe('a backend that says where to get a token', () => {
    const own = (at, more) => ({
        outgoingAuth: { source: 'inline', default: { type: 'client_credentials', clientCredentials: { issuer: at.base, clientId: 'gw', clientSecret: 'secret-of-the-gateway', allowPrivateIp: true, ...more } } },
    });

    for (const [title, change] of [
        ['in metadata elsewhere, at an address of no host', (backend, as, bird) => ({ challenge: () => `Bearer resource_metadata="http://0.0.0.0:${bird.port}/metadata"` })],
        ['by a redirect of its metadata', (backend, as, bird) => ({ described: (exchange) => exchange.status(302, '', { location: `${bird.base}/metadata` }) })],
        ['at another authorization server than the trusted one', (backend, as, bird) => ({ described: { authorization_servers: [bird.base] } })],
        ['in metadata of another resource', (backend, as, bird) => ({ described: { resource: `${bird.base}/mcp`, authorization_servers: [as.base] } })],
        ['by an authorization server whose metadata is of another', (backend, as, bird) => {
            as.answers['/.well-known/oauth-authorization-server'] = () => [200, { issuer: bird.base, token_endpoint: `${bird.base}/token` }];
            return {};
        }],
        ['by an authorization server that redirects its metadata', (backend, as, bird) => {
            as.answers['/.well-known/oauth-authorization-server'] = () => [302, '', { location: `${bird.base}/.well-known/oauth-authorization-server` }];
            return {};
        }],
        ['by a token endpoint that redirects', (backend, as, bird) => {
            as.answers['/token'] = () => [307, '', { location: `${bird.base}/token` }];
            return {};
        }],
    ])
        test(`${title} gets no secret to it`, async (t) => {
            const bird = await canary(t);
            const as = await authorizationServer(t);
            const options = change(undefined, as, bird);
            const backend = await closedBackend(t, { described: { authorization_servers: [as.base] }, ...options });
            const started = await gateway(t, { notes: backend.url }, { ready: false, config: own(as) });
            await until('the reason', () => /no token endpoint is found|the token endpoint/.test(started.program.stderr));
            silent(bird);
            assert.ok(!started.program.output.includes('secret-of-the-gateway'));
        });

    test('at a private address: it is not dialled unless that is allowed', async (t) => {
        const bird = await canary(t);
        const backend = await closedBackend(t, { described: { authorization_servers: [bird.base] } });
        const started = await gateway(t, { notes: backend.url }, { ready: false, config: own(bird, { allowPrivateIp: false }) });
        await until('the reason', () => /see allowPrivateIp/.test(started.program.stderr));
        silent(bird);
    });
});
