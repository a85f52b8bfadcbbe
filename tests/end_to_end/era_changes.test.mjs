// What a backend speaks is found out, and found out anew: it is upgraded in place, and back, under load.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFixture } from '../conformance/fixture.mjs';
import { startModernFixture } from '../conformance/modern_fixture.mjs';
import { connect, textOf } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { configFor, startVmcp } from './lib/vmcp.mjs';

const revision = async (gateway) => (await gateway.status()).backends[0].mcp_revision;
const start = { legacy: (port) => startFixture({ port, extras: true }), modern: (port) => startModernFixture({ port }) };

// Calls one after the other until it is told to stop; gives what went wrong.
function load(client) {
    const out = { done: 0, failed: [], stop: false };
    const pause = 5; // whoever calls in a tight loop fills the client's memory with what failed
    out.ended = (async () => {
        while (!out.stop) {
            const told = `n${out.done}`;
            try {
                assert.equal(JSON.parse(textOf(await client.call('b_echo', { text: told }))).text, told);
                out.done += 1;
            } catch (error) {
                out.failed.push(error.message);
            }
            await sleep(pause);
        }
    })();
    return out;
}

test('a backend is upgraded in place under load, and back', { timeout: 60_000 }, async () => {
    let server = await start.legacy(0);
    const { port } = server;
    const gateway = await startVmcp(configFor([{ name: 'b', url: server.url, era: 'auto' }]));
    const client = await connect(gateway.url);
    let running;
    try {
        assert.equal(await revision(gateway), '2025-11-25');
        for (const [next, expected] of [['modern', '2026-07-28'], ['legacy', '2025-11-25'], ['modern', '2026-07-28']]) {
            running = load(client);
            await until('some calls are done', () => running.done > 20);
            const inFlight = 1;
            await server.close();
            server = await start[next](port);
            const then = running.done;
            await until('calls go on', () => running.done > then + 20, 10_000).catch((error) => {
                throw new Error(`${error.message}\n${running.failed.slice(0, 5).join('\n')}\n${gateway.program.output}`);
            });
            running.stop = true;
            await running.ended;
            assert.ok(running.failed.length <= inFlight, running.failed.join('\n'));
            await until('the status says so', async () => await revision(gateway) === expected, 10_000);
        }
    } finally {
        running.stop = true;
        await client.close();
        await gateway.stop();
        await server.close();
    }
});

test('a backend of both eras is spoken to in the newer one, unless its definition says otherwise', async () => {
    const server = await startModernFixture({ dual: true });
    const gateway = await startVmcp(configFor([
        { name: 'auto', url: server.url, era: 'auto' }, { name: 'legacy', url: server.url, era: 'legacy' }, { name: 'modern', url: server.url, era: 'modern' },
    ]));
    try {
        await gateway.untilHealthy();
        const { backends } = await gateway.status();
        assert.deepEqual(backends.map(({ name, mcp_revision: spoken }) => [name, spoken]),
            [['auto', '2026-07-28'], ['legacy', '2025-11-25'], ['modern', '2026-07-28']]);
        await gateway.untilListed();
        const client = await connect(gateway.url);
        for (const { name } of backends)
            assert.equal(JSON.parse(textOf(await client.call(`${name}_echo`, { text: 'x' }))).text, 'x');
        await client.close();
    } finally {
        await gateway.stop();
        await server.close();
    }
});

test('a definition that rules an era out says why its backend cannot be used', async () => {
    const old = await startFixture();
    const recent = await startModernFixture();
    const gateway = await startVmcp(configFor([
        { name: 'old', url: old.url, era: 'modern' }, { name: 'recent', url: recent.url, era: 'legacy' },
    ]), { ready: false });
    try {
        await until('both are unhealthy', async () => (await gateway.status()).backends.every(({ health }) => health === 'unhealthy'));
        await sleep(300);
        assert.ok(!recent.state.requests.some(({ method }) => method === 'tools/call'));
        assert.match(gateway.program.output, /speaks only 2026-07-28, and its definition does not say era: auto or modern/);
        assert.deepEqual(old.state.sessions.size, 0);
    } finally {
        await gateway.stop();
        await old.close();
        await recent.close();
    }
});
