// Backends of a group, found on a real API server: in whatever order their objects come, while it fails, and when it is gone.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../end_to_end/lib/process.mjs';
import { later, rawClient } from '../end_to_end/lib/setup.mjs';
import { followTools, untilRow } from '../end_to_end/lib/views.mjs';
import { ApiServer, noCluster } from './lib/api_server.mjs';
import { backend, clusterGateway, proxy, untilStatus } from './lib/cluster.mjs';

const rounds = Number(process.env.VMCP_KUBE_ROUNDS ?? 3);
let api;
let count = 0;

const space = () => api.namespace(`found-${++count}`);
const shuffled = (list) => {
    const out = [...list];
    for (let i = out.length - 1; i > 0; --i) {
        const j = Math.floor(Math.random() * (i + 1));
        [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
};
const allHealthy = (gateway, names, ms) => until(`healthy: ${names}`, async () => {
    const { backends } = await gateway.status();
    return names.every((name) => backends.find((one) => one.name === name)?.health === 'healthy');
}, ms).catch(async (error) => {
    throw new Error(`${error.message}\n${JSON.stringify((await gateway.status()).backends.map(({ name, health, category }) => ({ name, health, category })))}\n${gateway.program.output}`);
});

describe('backends of a cluster', { skip: noCluster, timeout: 600000 }, () => {
    before(async () => { api = await new ApiServer().start(); }, { timeout: 180000 });
    after(() => api?.stop());

    // The bug that this project was founded for: some backends stay "unhealthy" for ever, depending on the order in which
    // objects, their URLs and the gateway came to be.
    for (let round = 1; round <= rounds; ++round)
        test(`ten backends whose objects come in any order, round ${round}`, async (t) => {
            const namespace = await space();
            const names = Array.from({ length: 10 }, (_, i) => `b${i}`);
            const servers = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await backend(t, name)])));
            const made = new Set();
            let gateway;
            const steps = shuffled([
                { what: 'gateway', run: async () => { gateway = await clusterGateway(t, namespace, { name: 'gateway' }); } },
                { what: 'group', run: () => namespace.group('group') },
                { what: 'VirtualMCPServer', run: () => namespace.gateway('gateway', 'group') },
                ...names.flatMap((name) => [
                    { what: name, run: async () => { await namespace.mcpServer(name, 'group'); made.add(name); } },
                    // First where nobody listens, as a service without endpoints; or at a port that answers 404.
                    { what: `${name} elsewhere`, needs: name, run: () => namespace.running(name, Math.random() < 0.5 ? 'http://127.0.0.1:9/mcp' : `${servers[name].url}-not-yet`) },
                ]),
            ]);
            t.diagnostic(steps.map(({ what }) => what).join(', '));
            for (let queue = steps; queue.length > 0;) {
                const waiting = [];
                for (const step of queue)
                    if (step.needs && !made.has(step.needs)) waiting.push(step);
                    else await step.run();
                queue = waiting;
            }
            await sleep(Math.random() * 2000);
            for (const name of shuffled(names)) {
                await namespace.running(name, servers[name].url);
                if (Math.random() < 0.3) await sleep(200);
            }
            await allHealthy(gateway, names, 10000);
            const object = await untilStatus(namespace, 'gateway', (status) => status.phase === 'Ready' && status.backendCount === 10, 10000);
            assert.deepEqual(object.status.discoveredBackends.map(({ name }) => name).sort(), names);
            const client = await rawClient(t, gateway);
            const { message } = await client.request('tools/list', {});
            assert.deepEqual(message.result.tools.map(({ name }) => name).sort(), names.map((name) => `${name}_echo`));
        });

    test('a backend that is deleted is gone within a second, and its tools from open sessions', async (t) => {
        const namespace = await space();
        await namespace.group('group');
        for (const name of ['kept', 'gone']) {
            const one = await backend(t, name);
            await namespace.mcpServer(name, 'group');
            await namespace.running(name, one.url);
        }
        const gateway = await clusterGateway(t, namespace);
        await allHealthy(gateway, ['kept', 'gone']);
        await gateway.untilListed();
        const client = await rawClient(t, gateway);
        const view = await followTools(client);
        later(t, async () => view.stop());
        await until('both tools', () => view.names.has('gone_echo') && view.names.has('kept_echo'));
        const begun = Date.now();
        await namespace.remove('gone');
        await until('it is gone', async () => (await gateway.status()).backends.length === 1, 1000);
        await until('its tool is gone', () => !view.names.has('gone_echo'), Math.max(1, 2000 - (Date.now() - begun)));
        assert.ok(view.names.has('kept_echo'));
    });

    test('what happens while the API server is gone is known after it came back, and calls never fail', async (t) => {
        const namespace = await space();
        await namespace.group('group');
        const [kept, added] = [await backend(t, 'kept'), await backend(t, 'added')];
        await namespace.mcpServer('kept', 'group');
        await namespace.running('kept', kept.url);
        const gateway = await clusterGateway(t, namespace);
        await allHealthy(gateway, ['kept']);
        await gateway.untilListed();
        const client = await rawClient(t, gateway);
        let loading = true;
        let calls = 0;
        const load = (async () => {
            while (loading) {
                const { message } = await client.request('tools/call', { name: 'kept_echo', arguments: {} });
                assert.ok(message.result, JSON.stringify(message));
                ++calls;
                await sleep(5);
            }
        })();
        await api.kill();
        await sleep(4000);
        assert.equal((await untilRow(gateway.base, 'kept', (row) => row.health === 'healthy')).health, 'healthy');
        await api.run();
        await namespace.mcpServer('added', 'group');
        await namespace.running('added', added.url);
        await allHealthy(gateway, ['kept', 'added'], 45000);
        loading = false;
        await load;
        assert.ok(calls > 100, `${calls} calls`);
    });

    const faults = {
        'a watch that is cut in the middle of a line': { begin: (between) => { between.fault = ({ watch }) => watch ? { cut: 700 } : undefined; } },
        'connections that break': { begin: (between) => between.cut() },
        'a watch that expired (HTTP 410)': { begin: (between) => { between.fault = ({ watch }) => watch ? { status: 410 } : undefined; between.cut(); } },
        'a watch that says that it expired': { begin: (between) => { between.fault = ({ watch }) => watch ? { feed: '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n' } : undefined; between.cut(); } },
        'lines that are no JSON': { begin: (between) => { between.fault = ({ watch }) => watch ? { feed: '{"type":"ADDED","object":{"me\n}}}}\n' } : undefined; between.cut(); } },
        'HTTP 500': { begin: (between) => { between.fault = () => ({ status: 500 }); between.cut(); } },
        'HTTP 429': { begin: (between) => { between.fault = () => ({ status: 429, headers: { 'retry-after': '1' } }); between.cut(); } },
        'no answer': { begin: (between) => { between.fault = () => 'stall'; between.cut(); }, ms: 90000 },
    };
    for (const [what, { begin, ms = 45000 }] of Object.entries(faults))
        test(`the fleet stays as it was and follows afterwards: ${what}`, async (t) => {
            const namespace = await space();
            await namespace.group('group');
            const [kept, added] = [await backend(t, 'kept'), await backend(t, 'added')];
            for (const name of ['kept', 'lost']) await namespace.mcpServer(name, 'group');
            await namespace.running('kept', kept.url);
            await namespace.running('lost', kept.url);
            const between = await proxy(t, api);
            const gateway = await clusterGateway(t, namespace, { through: between });
            await allHealthy(gateway, ['kept', 'lost']);
            begin(between);
            await namespace.mcpServer('added', 'group');
            await namespace.running('added', added.url);
            await namespace.remove('lost');
            await sleep(3000);
            assert.ok((await gateway.status()).backends.some(({ name, health }) => name === 'kept' && health === 'healthy'));
            const asked = between.log.length;
            between.fault = () => undefined;
            await allHealthy(gateway, ['kept', 'added'], ms);
            await until('the one that was deleted is gone', async () => (await gateway.status()).backends.every(({ name }) => name !== 'lost'), 5000);
            assert.ok(asked < 400, `${asked} requests in three seconds of trouble`);
        });

    test('a token that was replaced in its file is taken without a failure that anybody sees', async (t) => {
        const namespace = await space();
        await namespace.group('group');
        const one = await backend(t, 'one');
        const between = await proxy(t, api);
        const folder = await mkdtemp(join(tmpdir(), 'vmcp-token-'));
        later(t, () => rm(folder, { recursive: true, force: true }));
        const tokenFile = join(folder, 'token');
        await writeFile(tokenFile, api.tokens.vmcp);
        const gateway = await clusterGateway(t, namespace, { through: between, tokenFile });
        await until('it watches', () => between.log.some(({ watch }) => watch));
        await writeFile(tokenFile, api.tokens.renewed);
        between.fault = ({ token }) => token === api.tokens.vmcp ? { status: 401 } : undefined;
        between.cut();
        await namespace.mcpServer('one', 'group');
        await namespace.running('one', one.url);
        await allHealthy(gateway, ['one'], 30000);
        assert.ok(between.log.some(({ token }) => token === api.tokens.renewed));
    });
});
