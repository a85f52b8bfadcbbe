// asan: no (time limits)
// SIGTERM while backends die: whatever is under way then, the program ends by itself, soon, with exit code 0; and two
// signals in a row are one wish.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './lib/process.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';

const tools = [toolDefinition('one')];

// The end of a gateway that had everything it needed: exit code 0, no complaint of its own.
async function endsWell(vmcp, ended, { ms = 8000, began = Date.now() } = {}) {
    assert.deepEqual(await ended, { code: 0, signal: null }, vmcp.program.output);
    const took = Date.now() - began;
    assert.doesNotMatch(vmcp.program.stderr, /bug:/, vmcp.program.output);
    assert.ok(took < ms, `took ${took} ms\n${vmcp.program.output}`);
    return took;
}

test('two signals within a second are one wish: the running call is not cut', async (t) => {
    const backend = await stub(t, { tools });
    backend.on('tools/call', async (exchange) => {
        await sleep(2500);
        exchange.result('{"content":[{"type":"text","text":"finished"}]}');
    });
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    const call = client.request('tools/call', { name: 'stub_one' });
    await until('the call runs', () => backend.requests('tools/call').length === 1);
    const ended = vmcp.program.stop('SIGTERM');
    await sleep(100);
    vmcp.program.child.kill('SIGTERM');
    await sleep(300);
    vmcp.program.child.kill('SIGINT');
    assert.equal((await call).message.result.content[0].text, 'finished');
    await endsWell(vmcp, ended);
    assert.match(vmcp.program.stderr, /which changes nothing/);
    assert.doesNotMatch(vmcp.program.stderr, /ending at once/);
});

// More sessions than may be ended at once, at backends that die when the end begins.
test('goodbyes to backends that are gone hold nothing up, however many', async (t) => {
    const backends = await Promise.all([stub(t, { tools }), stub(t, { tools })]);
    const vmcp = await gateway(t, { one: backends[0].url, two: backends[1].url });
    const clients = await Promise.all(Array.from({ length: 150 }, () => rawClient(t, vmcp)));
    await Promise.all(clients.flatMap((client) => ['one_one', 'two_one'].map((name) => client.request('tools/call', { name }))));
    await Promise.all(backends.map((one) => one.close()));
    const took = await endsWell(vmcp, vmcp.program.stop());
    t.diagnostic(`300 sessions with two dead backends: ended after ${took} ms`);
});

for (const [what, signal] of [['drained', undefined], ['hurried', 'SIGTERM']])
    test(`${what}: calls, streams and questions under way when the backends die`, async (t) => {
        const backends = await Promise.all(Array.from({ length: 3 }, () => stub(t, { tools })));
        for (const backend of backends)
            backend.on('tools/call', (exchange) => {
                const { how } = exchange.message.params.arguments ?? {};
                if (how === 'json') return; // never answers
                const stream = exchange.sse();
                stream.send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'started' } }, '7');
                if (how === 'ask')
                    stream.send({ jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params: { message: '?', requestedSchema: { type: 'object', properties: {} } } }, '8');
            });
        const vmcp = await gateway(t, Object.fromEntries(backends.map(({ url }, i) => [`b${i}`, url])), {
            config: { runtime: { drainTimeout: '2s' }, operational: { timeouts: { default: '1h' }, failureHandling: { healthCheckInterval: '200ms', unhealthyThreshold: 1 } } },
        });
        const clients = await Promise.all(Array.from({ length: 6 }, () => rawClient(t, vmcp, { capabilities: { elicitation: {} } })));
        const streams = await Promise.all(clients.map((client) => client.openStream()));
        const calls = clients.flatMap((client) => backends.flatMap((_, b) => ['json', 'sse', 'ask'].map((how) =>
            client.request('tools/call', { name: `b${b}_one`, arguments: { how } }).then(() => 'answered', () => 'cut'))));
        await until('all calls run', () => backends.every((one) => one.requests('tools/call').length === 18));
        const began = Date.now();
        const ended = vmcp.program.stop('SIGTERM', 20000);
        await sleep(200);
        await Promise.all(backends.map((one) => one.close()));
        if (signal) {
            await sleep(1000);
            vmcp.program.child.kill(signal);
        }
        await endsWell(vmcp, ended, { began });
        await Promise.all(calls);
        for (const stream of streams) stream.destroy();
    });

// Handshakes are not cancelled with the call that wanted them; at the end of the program they are cut.
test('a handshake with a backend that just died is cut by the second signal', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url }, { config: { runtime: { drainTimeout: '1h' } } });
    const clients = await Promise.all(Array.from({ length: 4 }, () => rawClient(t, vmcp)));
    let seen = 0;
    backend.on('initialize', () => (seen += 1)); // never answers
    const calls = clients.map((client) => client.request('tools/call', { name: 'stub_one' }).then(() => 'answered', () => 'cut'));
    await until('the handshakes run', () => seen === 4);
    const ended = vmcp.program.stop('SIGTERM', 20000);
    await sleep(1100);
    await backend.close();
    await sleep(100);
    const began = Date.now();
    vmcp.program.child.kill('SIGTERM');
    await endsWell(vmcp, ended, { began, ms: 3000 });
    await Promise.all(calls);
});

test('many rounds: load, then SIGTERM, then the backends die at any moment', async (t) => {
    const rounds = process.env.VMCP_FULL ? 40 : 4;
    for (let round = 0; round < rounds; ++round) {
        const backends = await Promise.all([stub(t, { tools }), stub(t, { tools })]);
        for (const backend of backends)
            backend.on('tools/call', async (exchange) => {
                await sleep((exchange.message.params.arguments.n * 37) % 400);
                if (!exchange.response.destroyed) exchange.result('{"content":[]}');
            });
        const vmcp = await gateway(t, { a: backends[0].url, b: backends[1].url }, {
            config: { runtime: { drainTimeout: '1s' }, sessions: { ttl: '1s' }, operational: { failureHandling: { healthCheckInterval: '200ms', healthCheckTimeout: '100ms', unhealthyThreshold: 1 } } },
        });
        const clients = await Promise.all(Array.from({ length: 20 }, () => rawClient(t, vmcp)));
        const streams = await Promise.all(clients.slice(0, 5).map((client) => client.openStream()));
        let n = 0;
        let over = false;
        const loops = clients.map(async (client, i) => {
            while (!over) {
                n += 1;
                await client.request('tools/call', { name: `${i % 2 ? 'a' : 'b'}_one`, arguments: { n } }).catch(() => (over ? 0 : sleep(5)));
            }
        });
        await sleep(300);
        const began = Date.now();
        const ended = vmcp.program.stop('SIGTERM', 20000);
        await sleep((round * 53) % 300);
        await backends[0].close();
        await sleep((round * 31) % 200);
        await backends[1].close();
        await endsWell(vmcp, ended, { began });
        over = true;
        await Promise.all(loops);
        for (const stream of streams) stream.destroy();
    }
});
