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

// Every call must be fine, but those in flight while the backend was cut off, between `from` and `to`: they may fail with
// an error that names the backend. A call that was made later had still to be sent, and could wait.
function judge(results, from, to, name) {
    const failed = results.filter((one) => one.outcome !== 'ok');
    for (const one of failed) {
        assert.equal(one.outcome, 'error', `call ${one.n} got no answer from vmcp: ${one.detail}`);
        assert.ok(one.at <= to && one.end >= from,
            `call ${one.n}, made ${one.at - to} ms after the cut, was not in flight, and failed: ${one.detail}`);
        assert.match(one.detail, new RegExp(name), 'the error names the backend');
    }
}

for (const [title, restart] of [
    ['restarts with its sessions lost', (backend) => backend.restart({ down: 300 })],
    ['restarts with its sessions kept', (backend) => backend.restart({ down: 300, keepSessions: true })],
    ['drops its connections and stays up', async (backend) => backend.server.closeAllConnections()],
])
    test(`a backend that ${title}`, async (t) => {
        const backend = await stub(t, { tools });
        backend.on('tools/call', async (exchange) => {
            if (!backend.sessions.has(exchange.headers['mcp-session-id']))
                return exchange.json(404, '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"}}');
            await sleep(15);
            return exchange.result('{"content":[]}');
        });
        const vmcp = await gateway(t, { stub: backend.url });
        const clients = await Promise.all(Array.from({ length: 4 }, () => rawClient(t, vmcp)));
        const load = startLoad(clients, { tool: 'stub_one', ms: 4000 });
        await sleep(1500);
        const from = Date.now();
        const restarted = restart(backend); // cuts every connection before it first waits
        const to = Date.now();
        await restarted;
        const results = await load.finished;
        assert.ok(results.length > 700, `${results.length} calls`);
        judge(results, from, to, 'stub');
        for (const client of clients) assert.equal((await client.request('ping')).status, 200, 'the session lives on');
    });

test('a backend process that is killed and started again', async (t) => {
    const port = await freePort();
    const first = await startDemoBackend('notes', { port });
    later(t, () => first.program.alive ? first.stop() : Promise.resolve());
    const vmcp = await gateway(t, { demo: first.url });
    const clients = await Promise.all(Array.from({ length: 4 }, () => rawClient(t, vmcp)));
    const load = startLoad(clients, { tool: 'demo_list_notes', ms: 5000 });
    await sleep(1500);
    const from = Date.now();
    await first.program.stop('SIGKILL');
    const to = Date.now();
    const second = await startDemoBackend('notes', { port });
    later(t, () => second.stop());
    const results = await load.finished;
    assert.ok(results.length > 900, `${results.length} calls`);
    judge(results, from, to, 'demo');
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
    const from = Date.now();
    await blue.stop('SIGKILL');
    const to = Date.now();
    const green = await start('green');
    later(t, () => green.stop());
    const results = await load.finished;
    assert.ok(results.length > 1000, `${results.length} calls`);
    judge(results, from, to, 'service');
    const { message } = await clients[0].request('tools/call', { name: 'service_echo', arguments: { text: 'x' } });
    assert.match(message.result.content[0].text, /green/);
});
