// asan: no (time limits)
// An issuer that is slow, talks nonsense or far too much: callers whose keys are known go on, the others are told to come
// again (503) and never that their token is bad, and the gateway stays as small as it was.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { calls, entered, guarded, issuer, knock, nothingLeaked, resource } from './lib/guarded.mjs';
import { newKey } from './lib/issuer.mjs';
import { within } from './lib/process.mjs';

let keys;
before(async () => (keys = [await newKey('first'), await newKey('second')]));

const discovery = '/.well-known/openid-configuration';

// In front of the issuer's own answers: bad[path](request, response) deals with a request, where there is one.
async function failing(t, initial) {
    const of = await issuer(t, [keys[0]]);
    of.bad = initial;
    const good = of.server.listeners('request');
    of.server.removeAllListeners('request');
    of.server.on('request', (request, response) => {
        const bad = of.bad[request.url];
        if (!bad) return good.forEach((one) => one(request, response));
        of.requests.push(request.url);
        return bad(request, response);
    });
    return of;
}

const memory = async ({ program }, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(await readFile(`/proc/${program.child.pid}/status`, 'utf8'))[1]) / 1024;

// It had `before` MiB; whatever came since did not even for a moment make it much more.
async function stayedSmall(started, before) {
    const most = await memory(started, 'VmHWM');
    assert.ok(most - before < 16, `from ${before} to ${most} MiB`);
}


const faults = {
    'does not answer': () => {},
    'answers a byte now and then': (request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 100);
        response.on('close', () => clearInterval(timer));
    },
    'returns HTML': (request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><h1>Down for maintenance</h1>'),
    'returns HTML that calls itself JSON': (request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('<html></html>'),
    'returns 500': (request, response) => response.writeHead(500).end('{"keys":[]}'),
    'returns half of an answer': (request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 });
        response.write('{"keys":[');
        setTimeout(() => response.destroy(), 20);
    },
    'returns 10 MB': (request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(`{"keys":[],"x":"${'x'.repeat(10 << 20)}"}`),
    'returns 10 MB and says so': (request, response) => {
        const body = `{"keys":[],"x":"${'x'.repeat(10 << 20)}"}`;
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
    },
    'returns without an end': (request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const piece = Buffer.alloc(1 << 16, 0x20);
        const more = () => { while (!response.destroyed && response.write(piece)); };
        response.on('drain', more);
        more();
    },
    'returns 100,000 keys': (request, response) => response.writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ keys: Array.from({ length: 100000 }, (_, i) => ({ kty: 'oct', kid: `${i}`, k: 'AAAA' })) })),
};

// A known key and a remembered token are as good as ever; a key that nobody has heard of is 503, in bounded time.
async function holds(started, of, token, client) {
    const began = Date.now();
    const [cached, fresh, unknown] = await within(15000, 'three answers', Promise.all([
        client.request('tools/call', { name: 'notes_echo', arguments: {} }), knock(started, await of.forge({ aud: resource, jti: `${began}` })),
        knock(started, await of.forge({ aud: resource, jti: `${began}` }, { key: keys[1] })),
    ]));
    assert.equal(cached.message.result?.content[0].text, 'hello', cached.text);
    assert.equal(fresh.status, 200, 'a new token of the known key');
    assert.deepEqual([unknown.status, unknown.challenge], [503, undefined], 'a key that may be new');
    assert.ok(Number(unknown.retry) >= 1, unknown.retry);
    assert.equal((await knock(started, token)).status, 200);
    return Date.now() - began;
}

describe('an issuer whose keys are known', { concurrency: 3 }, () => {
    for (const [what, bad] of Object.entries(faults))
        test(`and whose key set then ${what}`, async (t) => {
            const of = await failing(t, {});
            const started = await guarded(t, of);
            const token = await of.token({ resource });
            const client = await calls(started, token);
            const before = await memory(started, 'VmRSS');
            of.bad = { '/jwks': bad, [discovery]: bad };
            await holds(started, of, token, client);
            await holds(started, of, token, client);
            assert.ok(of.count('/jwks') <= 3, `${of.count('/jwks')} readings`);
            await stayedSmall(started, before);
            await nothingLeaked(started, of);
        });
});

describe('an issuer that is not known yet', { concurrency: 3 }, () => {
    for (const [what, bad] of ['does not answer', 'returns HTML', 'returns 10 MB', 'returns without an end'].map((one) => [one, faults[one]]))
        test(`and ${what}: 503, and in as soon as it is well`, async (t) => {
            const of = await failing(t, { [discovery]: bad, '/jwks': bad, '/.well-known/oauth-authorization-server': bad });
            const started = await guarded(t, of);
            const before = await memory(started, 'VmRSS');
            const token = await of.forge({ aud: resource });
            for (let i = 0; i < 3; i += 1) {
                const away = await within(10000, 'an answer', knock(started, token));
                assert.deepEqual([away.status, away.challenge], [503, undefined]);
                assert.ok(Number(away.retry) >= 1);
            }
            assert.equal((await knock(started)).status, 401, 'who has no token is told where to get one');
            assert.equal((await knock(started, 'e30.e30.e30')).status, 401, 'what is no token needs no issuer');
            await stayedSmall(started, before);
            of.bad = {};
            const end = Date.now() + 25000;
            for (let status = 503; status !== 200; status = (await knock(started, token)).status) {
                assert.equal(status, 503);
                assert.ok(Date.now() < end, 'it is let in');
                await new Promise((resolve) => setTimeout(resolve, 200));
            }
            await (await entered(started, token)).close();
            await nothingLeaked(started, of);
        });
});
