// The issuer behind the access tokens: its keys, its absence, its certificate, changed rules, and what `vmcp doctor` says of it.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { Authority } from './lib/certificates.mjs';
import { guarded, issuer, knock, nothingLeaked, resource, rulesOf } from './lib/guarded.mjs';
import { newIssuer, newKey } from './lib/issuer.mjs';
import { until } from './lib/process.mjs';
import { later } from './lib/setup.mjs';
import { configFor, vmcp } from './lib/vmcp.mjs';

let keys;
before(async () => {
    keys = { first: await newKey('first'), second: await newKey('second'), foreign: await newKey('first') };
});

test('a rotated key is found at once', async (t) => {
    const of = await issuer(t, [keys.first]);
    const started = await guarded(t, of);
    assert.equal((await knock(started, await of.token({ resource }))).status, 200);
    await of.stop();
    await of.start([keys.second, keys.first]);
    assert.equal((await knock(started, await of.token({ resource }))).status, 200);
    assert.equal(of.count('/jwks'), 2);
    await nothingLeaked(started, of);
});

test('an issuer that is away: 503 until its keys are known, and known keys stay good', async (t) => {
    const of = await issuer(t);
    of.keys = [keys.first];
    const started = await guarded(t, of);
    const token = await of.forge({ aud: resource });
    const away = await knock(started, token);
    assert.equal(away.status, 503);
    assert.equal(away.challenge, undefined, 'nobody is sent to log in');
    assert.ok(Number(away.retry) >= 1, away.retry);
    assert.equal((await knock(started)).status, 401, 'who has no token is told where to get one');
    assert.equal((await fetch(`${started.base}/health`)).status, 200);
    assert.match(started.program.stderr, /the issuer http:\/\/127\.0\.0\.1:\d+: .*tokens cannot be checked until it answers/);
    await of.start([keys.first]);
    await until('the keys are there', async () => (await knock(started, token)).status === 200, 20000);
    await of.stop();
    assert.equal((await knock(started, token)).status, 200);
    assert.equal((await knock(started, await of.forge({ aud: resource, sub: 'new' }))).status, 200);
    assert.equal((await knock(started, await of.forge({ aud: resource }, { key: keys.second }))).status, 503);
    await nothingLeaked(started, of);
});

test('an issuer behind its own authority', async (t) => {
    const authority = new Authority();
    later(t, async () => authority.remove());
    const of = await newIssuer('https');
    await of.start([keys.first], authority.issue('IP:127.0.0.1'));
    later(t, () => of.stop());
    const started = await guarded(t, of, { oidc: { caBundlePath: authority.certificate } });
    const token = await of.forge({ aud: resource });
    assert.equal((await knock(started, token)).status, 200);
    const stranger = await guarded(t, of);
    assert.equal((await knock(stranger, token)).status, 503);
    assert.match(stranger.program.stderr, /TLS handshake with 127\.0\.0\.1:\d+ failed/);
    // Without the flag, not even discovery gets to an address of this machine.
    const careful = await guarded(t, of, { oidc: { caBundlePath: authority.certificate, jwksAllowPrivateIp: false } });
    assert.equal((await knock(careful, token)).status, 503);
    assert.match(careful.program.stderr, /may not be connected to; see jwksAllowPrivateIp/);
    await nothingLeaked(started, of);
});

test('changed rules take effect without a restart, and wrong ones change nothing', async (t) => {
    const of = await issuer(t, [keys.first]);
    const started = await guarded(t, of);
    const token = await of.token({ resource });
    assert.equal((await knock(started, token)).status, 200);
    const becomes = (status) => until(`it is ${status}`, async () => (await knock(started, token)).status === status);
    await started.change({ incomingAuth: rulesOf(of, { requiredScopes: ['mcp:write'] }) });
    await becomes(403);
    await started.change({ incomingAuth: { type: 'oidc', oidc: { issuer: of.url } } });
    await until('the mistake is logged', () => started.program.stderr.includes('give audience or resource'));
    assert.equal((await knock(started, token)).status, 403);
    await started.change({ incomingAuth: { type: 'anonymous' } });
    await until('everybody is let in', async () => (await knock(started)).status === 200);
    assert.equal((await fetch(`${started.base}/.well-known/oauth-protected-resource`)).status, 404);
    await started.change({ incomingAuth: rulesOf(of) });
    await until('nobody without a token', async () => (await knock(started)).status === 401);
    await becomes(200);
    await nothingLeaked(started, of);
});

test('vmcp doctor tells why, and never the token', async (t) => {
    const of = await issuer(t, [keys.first]);
    const folder = await mkdtemp(join(tmpdir(), 'vmcp-doctor-'));
    later(t, () => rm(folder, { recursive: true }));
    const file = join(folder, 'vmcp.yaml');
    await writeFile(file, JSON.stringify(configFor([], { backends: [], incomingAuth: rulesOf(of, { requiredScopes: ['mcp:read'] }) })));
    const examine = async (token) => {
        await writeFile(join(folder, 'token'), `${token}\n`);
        const said = await vmcp(['doctor', file, '--token-file', join(folder, 'token')]);
        const all = said.stdout + said.stderr;
        assert.ok(!all.includes(token) && !all.includes(token.split('.')[2] ?? token), 'the token is shown');
        return { code: said.code, text: said.stdout };
    };
    const good = await examine(await of.token({ resource }));
    assert.equal(good.code, 0, good.text);
    for (const line of [/^discovery ok /m, /^keys {6}ok .* 1 usable key/m, /^signature ok /m, /^decision {2}ok {2}let in as 'agent' of /m])
        assert.match(good.text, line);
    for (const [token, reason] of [
        [await of.token({ resource: 'https://other.example/mcp' }), /^decision {2}NO {2}HTTP 401: the token is for 'https:\/\/other/m],
        [await of.forge({ aud: resource, exp: 1700000000 }), /^decision {2}NO {2}HTTP 401: the token expired \d+ s ago/m],
        [await of.forge({ aud: resource }, { key: keys.foreign }), /^decision {2}NO {2}HTTP 401: the token's signature is wrong/m],
        [await of.token({ resource, scope: 'mcp:write' }), /^decision {2}NO {2}HTTP 403: it lacks mcp:read/m],
        ['garbage', /^decision {2}NO {2}HTTP 401: /m],
    ]) {
        const said = await examine(token);
        assert.equal(said.code, 1, said.text);
        assert.match(said.text, reason);
        assert.match(said.text, /^answer {4}-- {2}WWW-Authenticate: Bearer error=/m);
    }
    const { code, stdout } = await vmcp(['doctor', file]);
    assert.equal(code, 0, stdout);
    await of.stop();
    const away = await vmcp(['doctor', file]);
    assert.equal(away.code, 1);
    assert.match(away.stdout, /^discovery NO .*connection refused/m);
    await writeFile(file, JSON.stringify(configFor([], { backends: [] })));
    assert.match((await vmcp(['doctor', file])).stdout, /everybody is let in/);
});
