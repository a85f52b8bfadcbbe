// asan: no (load)
// The issuer changes its keys while callers go on: none of them is told that a good token is bad.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { authorizationOf, calls, entered, guarded, issuer, metric, nothingLeaked, resource } from './lib/guarded.mjs';
import { newKey } from './lib/issuer.mjs';
import { until } from './lib/process.mjs';

let keys;
before(async () => (keys = await Promise.all(['first', 'second', 'third'].map((kid) => newKey(kid)))));

// Callers that call without a pause until end(), each with a new token for every `every`th call, so that no verdict that is
// remembered covers up for the keys. `statuses`: how often each came, with `others`: what was no success.
async function callers(started, { count, every = 1, key }) {
    const seen = { statuses: {}, others: [], calls: 0, key };
    let over = false;
    const one = async (n) => {
        const client = await entered(started, await started.of.forge({ aud: resource, sub: `caller-${n}` }));
        for (let token, i = 0; !over; i += 1) {
            if (i % every === 0) token = await started.of.forge({ aud: resource, sub: `caller-${n}`, jti: `${n}-${i}` }, { key: seen.key() });
            const { status, message, headers } = await client.request('tools/call', { name: 'notes_echo', arguments: {} }, { headers: authorizationOf(token) });
            seen.statuses[status] = (seen.statuses[status] ?? 0) + 1;
            seen.calls += 1;
            if (status !== 200 || message.result?.content[0].text !== 'hello') seen.others.push({ status, retry: headers['retry-after'], message });
        }
    };
    const running = Array.from({ length: count }, (_, n) => one(n));
    return Object.assign(seen, {
        more: (calls, what) => {
            const goal = seen.calls + calls;
            return until(`${calls} more calls ${what}`, () => seen.calls >= goal, 20000);
        },
        end: async () => {
            over = true;
            await Promise.all(running);
            return seen;
        },
    });
}

test('tokens of the old and of the new key are good through a rotation under load', async (t) => {
    const of = await issuer(t, [keys[0]]);
    const started = Object.assign(await guarded(t, of), { of });
    await calls(started, await of.token({ resource }));
    const old = await callers(started, { count: 4, key: () => keys[0] });
    const fresh = await callers(started, { count: 4, key: () => of.keys[0] });
    await old.more(100, 'with the old key alone');
    of.rotate([keys[1], keys[0]]);
    await Promise.all([old.more(200, 'with the old key'), fresh.more(200, 'with the new key')]);
    for (const seen of [await old.end(), await fresh.end()]) {
        assert.deepEqual(seen.others, []);
        assert.deepEqual(Object.keys(seen.statuses), ['200']);
    }
    assert.equal(of.count('/jwks'), 2, 'read once more, for all of them');
    assert.equal(await metric(started, 'vmcp_auth_refused_total{reason="invalid_token"}') ?? 0, 0);
    await nothingLeaked(started, of);
});

test('a second rotation at once costs new tokens a 503 and a moment, and no token a 401', async (t) => {
    const of = await issuer(t, [keys[0]]);
    const started = Object.assign(await guarded(t, of), { of });
    await calls(started, await of.token({ resource }));
    const old = await callers(started, { count: 2, key: () => keys[0] });
    const fresh = await callers(started, { count: 2, every: 3, key: () => of.keys[0] });
    of.rotate([keys[1], keys[0]]);
    await fresh.more(100, 'after the first rotation');
    assert.deepEqual(fresh.others, []);
    of.rotate([keys[2], keys[1], keys[0]]);
    await until('the third key is asked for', () => fresh.others.length > 0);
    const { statuses, others } = fresh;
    await fresh.end();
    assert.deepEqual((await old.end()).others, [], 'who has a token of a known key hears nothing of it');
    assert.deepEqual(others.filter(({ status }) => status !== 503), []);
    for (const { retry } of others) assert.ok(Number(retry) >= 1 && Number(retry) <= 30, `Retry-After: ${retry}`);
    assert.equal(statuses[401], undefined);
    const wait = Number(others.at(-1).retry);
    await new Promise((resolve) => setTimeout(resolve, (wait + 0.5) * 1000));
    await calls(started, await of.token({ resource }));
    assert.equal(of.count('/jwks'), 3);
    await nothingLeaked(started, of);
});
