// asan: no (time limits)
// How many requests a backend gets: at the start, while nothing happens, for each client and for each call. A slow backend
// that serves one request at a time gets no more than a quick one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayWithAdmin } from './lib/admin.mjs';
import { until } from './lib/process.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { untilRow } from './lib/views.mjs';

const lists = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'];

// {kind: number} of what a backend was asked since `from`.
function countOf(backend, from = 0) {
    const out = {};
    for (const { kind } of backend.log.slice(from)) out[kind] = (out[kind] ?? 0) + 1;
    return out;
}

// The monitor's handshake and that of the session that reads lists, one request for each list, and one for its stream.
const atStart = {
    initialize: 2, 'notifications/initialized': 2, GET: 1, ...Object.fromEntries(lists.map((kind) => [kind, 1])),
};

test('a healthy backend: at the start, idle, for a client, for a call', async (t) => {
    const backend = await stub(t, { tools: [toolDefinition('one')] });
    const vmcp = await gateway(t, { stub: backend.url }, {
        ready: false,
        config: { operational: { catalogRefresh: '2s', failureHandling: { healthCheckInterval: '1s', healthCheckTimeout: '500ms' } } },
    });
    await untilRow(vmcp.base, 'stub', ({ health }) => health === 'healthy');
    assert.deepEqual(countOf(backend), atStart);

    // Nothing but what the configuration asks for: one ping an interval, one reading of the lists a refresh.
    let before = backend.log.length;
    await sleep(6500);
    const idle = countOf(backend, before);
    for (const kind of lists) assert.ok(idle[kind] >= 1 && idle[kind] <= 4, `${kind}: ${idle[kind]} in 6.5 s`);
    assert.ok(idle.ping >= 3 && idle.ping <= 8, `${idle.ping} pings in 6.5 s`);
    assert.deepEqual(Object.keys(idle).sort(), ['ping', ...lists].sort());
    t.diagnostic(`idle for 6.5 s, probed every 1 s, refreshed every 2 s: ${JSON.stringify(idle)}`);

    const others = (count) => Object.fromEntries(Object.entries(count).filter(([kind]) => kind !== 'ping' && !lists.includes(kind)));
    before = backend.log.length;
    const client = await rawClient(t, vmcp);
    for (const kind of lists) await client.request(kind, {});
    assert.deepEqual(others(countOf(backend, before)), {}, 'a client that only looks costs nothing');
    await client.request('tools/call', { name: 'stub_one' });
    assert.deepEqual(others(countOf(backend, before)), { initialize: 1, 'notifications/initialized': 1, 'tools/call': 1 });
    before = backend.log.length;
    for (let i = 0; i < 10; ++i) await client.request('tools/call', { name: 'stub_one' });
    assert.deepEqual(others(countOf(backend, before)), { 'tools/call': 10 });
    before = backend.log.length;
    await client.close();
    await until('DELETE', () => countOf(backend, before).DELETE === 1);
    assert.deepEqual(others(countOf(backend, before)), { DELETE: 1 });
});

describe('a backend that serves one request at a time', { concurrency: true }, () => {
    for (const [ms, most] of [[200, 6000], [500, 9000], [1000, 14_000], [2000, 24_000]])
        test(`${ms} ms each: it is asked what a quick one is asked, and listed after that`, async (t) => {
            const backend = await stub(t, { tools: [toolDefinition('one')] });
            backend.oneAtATime = ms;
            const began = Date.now();
            const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { ready: false });
            await untilRow(vmcp.base, 'stub', ({ health }) => health === 'healthy', most + 6000);
            const took = Date.now() - began;
            assert.deepEqual(countOf(backend), atStart, 'nothing is asked twice, and nothing is taken back');
            t.diagnostic(`listed after ${took} ms; ${backend.log.length} requests one after the other are ${backend.log.length * ms} ms`);
            assert.ok(took < most, `${took} ms`);
        });

    test('one that is quick with everything but its lists is asked a few times, never twice at once', async (t) => {
        const backend = await stub(t, { tools: [toolDefinition('one')] });
        let running = 0;
        let most = 0;
        let done = 0;
        backend.on('tools/list', ({ response, message }) => {
            most = Math.max(most, ++running);
            response.on('close', () => (running -= 1));
            setTimeout(() => {
                done += 1;
                if (!response.destroyed) response.writeHead(200, { 'content-type': 'application/json' })
                    .end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: { tools: backend.tools.map((one) => JSON.parse(one)) } }));
            }, 2500);
        });
        const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { ready: false });
        await untilRow(vmcp.base, 'stub', ({ health }) => health === 'healthy', 20_000);
        const { 'tools/list': asked } = countOf(backend);
        assert.equal(asked, 3, 'after 0.8 s, after 1.6 s more, and then it gets the time it needs');
        assert.equal(most, 1);
        assert.ok(done >= 1);
    });
});
