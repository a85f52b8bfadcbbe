// asan: no (load and time limits)
// A backend that is killed and restarted, or replaced on the same port, under 200 calls a second: no call that was
// never sent fails, those in flight fail with an error that names the backend, and the client's session lives on.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad } from './lib/load.mjs';
import { freePort } from './lib/peers.mjs';
import { Program, until } from './lib/process.mjs';
import { gateway, later, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { startDemoBackend } from './lib/vmcp.mjs';

const tools = [toolDefinition('one')];

const numbers = (backend) => new Set(backend.requests('tools/call').map((entry) => entry.message.params.arguments.n));

// Every call must be fine, but those that were sent and not answered: `sent` tells which ones the backend saw.
function judge(results, sent, name) {
    const failed = results.filter((one) => one.outcome !== 'ok');
    for (const one of failed) {
        assert.equal(one.outcome, 'error', `call ${one.n} got no answer from vmcp: ${one.detail}`);
        assert.ok(sent.has(one.n), `call ${one.n} was never sent, and failed: ${one.detail}`);
        assert.match(one.detail, new RegExp(name), 'the error names the backend');
    }
    return failed.length;
}

for (const [title, restart] of [
    ['restarts with its sessions lost', (backend) => backend.restart({ down: 300 })],
    ['restarts with its sessions kept', (backend) => backend.restart({ down: 300, keepSessions: true })],
    ['drops its connections and stays up', async (backend) => {
        const { port } = backend;
        backend.server.closeAllConnections();
        assert.equal(backend.port, port);
    }],
])
    test(`a backend that ${title}`, async (t) => {
        const backend = await stub(t, { tools });
        const inFlight = new Set();
        backend.on('tools/call', async (exchange) => {
            if (!backend.sessions.has(exchange.headers['mcp-session-id'])) {
                exchange.json(404, '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"}}');
                backend.log.splice(backend.log.findIndex((entry) => entry.body === exchange.body), 1);
                return;
            }
            const { n } = exchange.message.params.arguments;
            inFlight.add(n);
            await sleep(15);
            exchange.result('{"content":[]}');
            inFlight.delete(n);
        });
        const vmcp = await gateway(t, { stub: backend.url });
        const clients = await Promise.all(Array.from({ length: 4 }, () => rawClient(t, vmcp)));
        const load = startLoad(clients, { tool: 'stub_one', ms: 4000 });
        await sleep(1500);
        const cut = new Set(inFlight);
        await restart(backend);
        const results = await load.finished;
        assert.ok(results.length > 700, `${results.length} calls`);
        const failed = judge(results, numbers(backend), 'stub');
        assert.ok(failed <= cut.size + 2, `${failed} calls failed, ${cut.size} were in flight`);
        for (const client of clients) assert.equal((await client.request('ping')).status, 200, 'the session lives on');
    });

test('a backend process that is killed and started again', async (t) => {
    const port = await freePort();
    const first = await startDemoBackend('first', { port });
    later(t, () => first.program.alive ? first.stop() : Promise.resolve());
    const vmcp = await gateway(t, { demo: first.url });
    const clients = await Promise.all(Array.from({ length: 4 }, () => rawClient(t, vmcp)));
    const listed = (await clients[0].request('tools/list')).message.result.tools;
    const tool = (listed.find((one) => one.name === 'demo_echo') ?? listed[0]).name;
    const load = startLoad(clients, { tool, ms: 5000 });
    await sleep(1500);
    await first.program.stop('SIGKILL');
    const second = await startDemoBackend('first', { port });
    later(t, () => second.stop());
    const results = await load.finished;
    const failed = results.filter((one) => one.outcome !== 'ok');
    for (const one of failed) {
        assert.equal(one.outcome, 'error', one.detail);
        assert.match(one.detail, /demo/);
    }
    // An answer takes this backend well under a millisecond: hardly a call can have been in flight.
    assert.ok(failed.length <= 4, `${failed.length} of ${results.length} failed: ${failed[0]?.detail}`);
});

test('a backend that is replaced by another server on the same port', async (t) => {
    const port = await freePort();
    const script = fileURLToPath(new URL('../conformance/fixture.mjs', import.meta.url));
    const start = async (name) => {
        const program = new Program(process.execPath, [script, '--port', String(port), '--name', name, '--extras']);
        await until(`${name} listens`, () => program.stdout.includes('/mcp'));
        return program;
    };
    const blue = await start('blue');
    later(t, () => blue.alive ? blue.stop() : Promise.resolve());
    const vmcp = await gateway(t, { service: `http://127.0.0.1:${port}/mcp` });
    const clients = await Promise.all(Array.from({ length: 4 }, () => rawClient(t, vmcp)));
    const load = startLoad(clients, { tool: 'service_echo', ms: 6000 });
    await sleep(1500);
    await blue.stop('SIGKILL');
    const green = await start('green');
    later(t, () => green.stop());
    const results = await load.finished;
    const failed = results.filter((one) => one.outcome !== 'ok');
    for (const one of failed) {
        assert.equal(one.outcome, 'error', one.detail);
        assert.match(one.detail, /service/);
    }
    assert.ok(failed.length <= 6, `${failed.length} of ${results.length} failed: ${failed[0]?.detail}`);
    const { message } = await clients[0].request('tools/call', { name: 'service_echo', arguments: { text: 'x' } });
    assert.match(message.result.content[0].text, /green/);
});
