// asan: no (load and time limits)
// SIGTERM: calls that reached vmcp are answered, streams end with their last event, new connections are refused, the
// program ends by itself with exit code 0.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad } from './lib/load.mjs';
import { until } from './lib/process.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';

const tools = [toolDefinition('one')];

test('SIGTERM under 200 calls a second loses no call', async (t) => {
    const backend = await stub(t, { tools });
    backend.on('tools/call', async (exchange) => {
        await sleep(30);
        exchange.result('{"content":[]}');
    });
    const vmcp = await gateway(t, { stub: backend.url });
    const clients = await Promise.all(Array.from({ length: 4 }, () => rawClient(t, vmcp)));
    const load = startLoad(clients, { tool: 'stub_one', ms: 4000 });
    await sleep(1500);
    const signalled = Date.now();
    const ended = vmcp.program.stop('SIGTERM');
    const { code } = await ended;
    const took = Date.now() - signalled;
    load.stop();
    const results = await load.finished;
    assert.equal(code, 0, vmcp.program.output);
    assert.ok(took < 5000, `took ${took} ms to end`);
    const reached = new Set(backend.requests('tools/call').map((entry) => entry.message.params.arguments.n));
    for (const one of results) {
        if (one.outcome === 'ok') continue;
        assert.equal(one.outcome, 'refused', `call ${one.n} was answered with a failure: ${one.detail}`);
        assert.ok(!reached.has(one.n), `call ${one.n} reached the backend, and its answer was lost: ${one.detail}`);
        assert.ok(one.at >= signalled - 50, `call ${one.n} was made ${signalled - one.at} ms before SIGTERM: ${one.detail}`);
    }
    assert.ok(results.filter((one) => one.outcome === 'ok').length > 250);
});

test('a long call is finished, its connection closes after the reply, idle ones at once', async (t) => {
    const backend = await stub(t, { tools });
    backend.on('tools/call', async (exchange) => {
        const stream = exchange.sse();
        stream.send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'started' } });
        await sleep(1500);
        stream.result('{"content":[{"type":"text","text":"finished"}]}');
    });
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    const idle = await client.openStream();
    const call = client.request('tools/call', { name: 'stub_one' });
    await until('the call runs', () => backend.requests('tools/call').length === 1);
    const ended = vmcp.program.stop('SIGTERM');
    const idleEnd = await idle.body(5000).then(() => 'ended', (error) => error.message);
    assert.equal(idleEnd, 'ended', 'the GET stream ends properly');
    assert.equal((await call).message.result.content[0].text, 'finished');
    assert.equal((await ended).code, 0);
});

test('SIGINT ends it the same way', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    await client.request('tools/call', { name: 'stub_one' });
    assert.equal((await vmcp.program.stop('SIGINT', 5000)).code, 0);
});

test('a second signal ends the drain at once, with the calls that still run', async (t) => {
    const backend = await stub(t, { tools });
    let cut = 0;
    backend.on('tools/call', (exchange) => exchange.response.on('close', () => (cut += 1))); // never answers
    const vmcp = await gateway(t, { stub: backend.url }, { config: { runtime: { drainTimeout: '1h' }, operational: { timeouts: { default: '1h' } } } });
    const client = await rawClient(t, vmcp);
    const call = client.request('tools/call', { name: 'stub_one' }).then(({ message }) => message?.error ? 'an error' : 'a result', () => 'cut');
    await until('the call runs', () => backend.requests('tools/call').length === 1);
    const ended = vmcp.program.stop('SIGTERM', 20000);
    await sleep(1200); // one within a second counts as the first
    assert.ok(vmcp.program.alive, 'the drain waits for the call');
    const began = Date.now();
    vmcp.program.child.kill('SIGTERM');
    assert.deepEqual(await ended, { code: 0, signal: null }, vmcp.program.output);
    assert.ok(Date.now() - began < 3000, `took ${Date.now() - began} ms after the second signal`);
    assert.notEqual(await call, 'a result');
    await until('the backend sees the end of the call', () => cut === 1);
    assert.match(vmcp.program.stderr, /ending at once on SIGTERM/);
    assert.doesNotMatch(vmcp.program.stderr, /bug:/);
});

test('a backend that is down holds nothing up', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url }, { config: { operational: { failureHandling: { healthCheckInterval: '1s', unhealthyThreshold: 1 } } } });
    await backend.close();
    await until('it is seen', () => /healthy -> unhealthy/.test(vmcp.program.stderr));
    const began = Date.now();
    assert.deepEqual(await vmcp.program.stop(), { code: 0, signal: null }, vmcp.program.output);
    assert.ok(Date.now() - began < 2000, `took ${Date.now() - began} ms`);
    assert.doesNotMatch(vmcp.program.stderr, /bug:/);
});

test('the backend sessions of an ended gateway are deleted', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    await client.request('tools/call', { name: 'stub_one' });
    const session = backend.requests('tools/call')[0].headers['mcp-session-id'];
    await vmcp.stop();
    assert.ok(backend.requests('DELETE').some((entry) => entry.headers['mcp-session-id'] === session));
});
