// Backends of a Kubernetes cluster: found, followed while they change, gone when they are deleted, and served on while the API
// server is away.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayWithAdmin, get } from './lib/admin.mjs';
import { fakeCluster } from './lib/cluster.mjs';
import { until } from './lib/process.mjs';
import { later, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { followTools, rowOf, untilRow } from './lib/views.mjs';
import { vmcp as run } from './lib/vmcp.mjs';

const quick = { operational: { failureHandling: { healthCheckInterval: '1s', healthCheckTimeout: '500ms' } } };
const tool = (name) => ({ name, tools: [toolDefinition('echo')] });
const toolsOf = async (t, vmcp) => (await (await rawClient(t, vmcp)).request('tools/list', {})).message.result.tools.map(({ name }) => name);
const namesOf = async (base) => (await (await fetch(`${base}/status`)).json()).backends.map(({ name }) => name);
const readiness = async (base) => {
    const { status, text } = await get(`${base}/readyz`);
    return { status, ...JSON.parse(text) };
};
const healthy = (vmcp, name) => untilRow(vmcp.admin, name, (row) => row?.health === 'healthy');
const conditionsOf = async (admin) => (await (await fetch(`${admin}/status`)).json()).conditions;
const gatewayOf = (t, config, backends = {}) => gatewayWithAdmin(t, backends, { config: { ...quick, ...config }, ready: false });
const injecting = (secret, key = 'key') => ({
    spec: { type: 'headerInjection', headerInjection: { headerName: 'X-Key', valueSecretRef: { name: secret, key } } },
});

describe('backends of a cluster', { concurrency: true }, () => {
    test('members of the group are served beside those of the file; deleted ones are gone at once and not looked up again', async (t) => {
        const { cluster, config } = await fakeCluster(t);
        const [filed, one, two, foreign] = await Promise.all(['filed', 'one', 'two', 'foreign'].map((name) => stub(t, tool(name))));
        cluster.server('one', one.url);
        cluster.server('foreign', foreign.url, { group: 'another' });
        const vmcp = await gatewayOf(t, config, { filed: filed.url });
        await healthy(vmcp, 'one');
        await healthy(vmcp, 'filed');
        assert.deepEqual(await readiness(vmcp.base), { status: 200, status: 'ready', mode: 'dynamic' });
        await until('both are listed', async () => (await toolsOf(t, vmcp)).length === 2);
        assert.deepEqual(await toolsOf(t, vmcp), ['filed_echo', 'one_echo']);
        assert.equal(foreign.log.length, 0);
        const { metadata } = await rowOf(vmcp.admin, 'one');
        assert.equal(metadata?.kind ?? 'MCPServer', 'MCPServer');

        const view = await followTools(await rawClient(t, vmcp));
        later(t, async () => view.stop());
        cluster.server('two', two.url);
        await until('the new one is listed', () => view.names.has('two_echo'), 3000);

        cluster.delete('mcpservers', 'one');
        const deletedAt = Date.now();
        await until('its row is gone', async () => !(await namesOf(vmcp.base)).includes('one'), 1000);
        await until('its tool leaves the open session', () => !view.names.has('one_echo'), 1000);
        t.diagnostic(`gone after ${Date.now() - deletedAt} ms`);
        await sleep(300);
        const seen = one.log.length;
        await sleep(2500);
        assert.equal(one.log.length, seen, 'what is gone is not asked for anything');
    });

    test('without a URL it has a row that says so, and joins when it has one', async (t) => {
        const { cluster, config } = await fakeCluster(t);
        const late = await stub(t, tool('late'));
        cluster.server('late', undefined);
        const vmcp = await gatewayOf(t, config);
        const row = await untilRow(vmcp.admin, 'late', (one) => one !== undefined);
        assert.match(row.reason, /no URL yet \(phase Pending\)/);
        cluster.server('late', late.url);
        await healthy(vmcp, 'late');
    });

    test('credentials come from Secrets, and a rotated one is used at once', async (t) => {
        const { cluster, config } = await fakeCluster(t);
        const guarded = await stub(t, tool('guarded'));
        cluster.secret('unrelated', { key: 'never-read' });
        cluster.secret('s', { key: 'first-value-of-the-key' });
        cluster.put('mcpexternalauthconfigs', 'auth', injecting('s'));
        cluster.server('guarded', guarded.url, { externalAuthConfigRef: { name: 'auth' } });
        const vmcp = await gatewayOf(t, config);
        await healthy(vmcp, 'guarded');
        const last = () => guarded.log.at(-1)?.headers['x-key'];
        assert.equal(last(), 'first-value-of-the-key');
        assert.ok(guarded.log.every(({ headers }) => headers['x-key'] === 'first-value-of-the-key'), 'never asked without');
        cluster.secret('s', { key: 'second-value-of-the-key' });
        await until('the new value is sent', () => last() === 'second-value-of-the-key', 3000);
        await healthy(vmcp, 'guarded');
        cluster.delete('secrets', 's');
        const row = await untilRow(vmcp.admin, 'guarded', (one) => /there is no Secret 's'/.test(one?.reason ?? ''), 3000);
        assert.equal(row.routable, false);
        assert.ok(cluster.log.filter(({ resource }) => resource === 'secrets').every(({ name }) => name === 's'), 'no other Secret is read');
        assert.doesNotMatch(vmcp.program.output, /value-of-the-key/);
    });

    test('what is not supported is never served without its credentials', async (t) => {
        const { cluster, config } = await fakeCluster(t);
        const one = await stub(t, tool('one'));
        cluster.put('mcpexternalauthconfigs', 'auth', { spec: { type: 'upstreamInject', upstreamInject: { providerName: 'p' } } });
        cluster.server('one', one.url, { externalAuthConfigRef: { name: 'auth' } });
        const vmcp = await gatewayOf(t, config);
        const row = await untilRow(vmcp.admin, 'one', (found) => found !== undefined);
        assert.match(row.reason, /MCPExternalAuthConfig 'auth': its type 'upstreamInject' is not supported/);
        assert.equal(one.log.length, 0);
    });

    test('the API server is away: what is known is served on, and what changed meanwhile is found when it is back', async (t) => {
        const { cluster, config } = await fakeCluster(t);
        const [one, two] = await Promise.all(['one', 'two'].map((name) => stub(t, tool(name))));
        cluster.server('one', one.url);
        const vmcp = await gatewayOf(t, config);
        await healthy(vmcp, 'one');
        await cluster.stop();
        await until('operators are told', async () => (await conditionsOf(vmcp.admin)).some(({ type }) => type === 'ClusterInSync'));
        assert.equal((await readiness(vmcp.base)).status, 'ready');
        assert.equal((await rowOf(vmcp.base, 'one')).health, 'healthy');
        assert.ok((await toolsOf(t, vmcp)).includes('one_echo'));
        assert.match(vmcp.program.output, /cluster: mcpservers: .*; what is known of them is used on/);
        cluster.delete('mcpservers', 'one');
        cluster.server('two', two.url);
        cluster.forget(); // and nobody remembers
        await cluster.listen(cluster.port);
        await healthy(vmcp, 'two');
        assert.deepEqual(await namesOf(vmcp.base), ['two']);
        await until('operators are not told any more', async () => !(await conditionsOf(vmcp.admin)).some(({ type }) => type === 'ClusterInSync'), 40_000);
    });

    test('away at the start: not ready, with the reason, but those of the file are served', async (t) => {
        const { cluster, config } = await fakeCluster(t);
        const filed = await stub(t, tool('filed'));
        const one = await stub(t, tool('one'));
        cluster.server('one', one.url);
        await cluster.stop();
        const vmcp = await gatewayOf(t, config, { filed: filed.url });
        await healthy(vmcp, 'filed');
        assert.deepEqual(await readiness(vmcp.base), { status: 'not_ready', mode: 'dynamic', reason: 'cache_sync_pending' });
        const told = (await conditionsOf(vmcp.admin)).find(({ type }) => type === 'ClusterInSync');
        assert.equal(told?.reason, 'NotListedYet');
        assert.match(told.message, /objects of kind MCPServer cannot be listed: connection refused/);
        await cluster.listen(cluster.port);
        await healthy(vmcp, 'one');
        await until('every kind has been listed', async () => (await readiness(vmcp.base)).status === 'ready', 40_000);
    });

    test('a token that is replaced is read again, and one that lacks rights is told of', async (t) => {
        const { cluster, config, tokenFile } = await fakeCluster(t);
        const [one, two] = await Promise.all(['one', 'two'].map((name) => stub(t, tool(name))));
        cluster.server('one', one.url);
        cluster.refusals.set('mcpserverentries', [403, 'Forbidden', 'mcpserverentries.toolhive.stacklok.dev is forbidden: no rights']);
        const vmcp = await gatewayOf(t, config);
        await healthy(vmcp, 'one');
        // What may not be read is nothing to wait for, and is told of.
        await until('it is ready without that kind', async () => (await readiness(vmcp.base)).status === 'ready');
        assert.match((await conditionsOf(vmcp.admin)).find(({ type }) => type === 'ClusterInSync').message, /MCPServerEntry.*HTTP 403.*no rights/);
        cluster.token = 'second-token-of-the-cluster';
        await writeFile(tokenFile, cluster.token);
        cluster.cutWatches();
        cluster.server('two', two.url);
        await healthy(vmcp, 'two');
        assert.doesNotMatch(vmcp.program.output, /token-of-the-cluster/);
    });

    test('watches that are cut in the middle of a line, pages, and versions that are forgotten', async (t) => {
        const { cluster, config } = await fakeCluster(t);
        cluster.pageSize = 2;
        const stubs = await Promise.all([1, 2, 3, 4, 5].map((i) => stub(t, tool(`b${i}`))));
        stubs.forEach(({ url }, i) => cluster.server(`b${i + 1}`, url));
        const vmcp = await gatewayOf(t, config);
        await Promise.all([1, 2, 3, 4, 5].map((i) => healthy(vmcp, `b${i}`)));
        assert.deepEqual(await namesOf(vmcp.base), ['b1', 'b2', 'b3', 'b4', 'b5']);
        cluster.bookmark();
        cluster.cutWatches('{"type":"MODIFIED","object":{"metadata":{"na');
        cluster.delete('mcpservers', 'b1');
        await until('it is gone', async () => !(await namesOf(vmcp.base)).includes('b1'));
        cluster.cutWatches();
        cluster.delete('mcpservers', 'b2');
        cluster.forget();
        await until('it is gone too', async () => !(await namesOf(vmcp.base)).includes('b2'));
        assert.deepEqual(await namesOf(vmcp.base), ['b3', 'b4', 'b5']);
        assert.ok(cluster.log.some(({ status, watch }) => watch && status === 410));
    });

    test('an MCPToolConfig says which tools are shown, and its change is followed', async (t) => {
        const { cluster, config } = await fakeCluster(t);
        const many = await stub(t, { name: 'many', tools: ['a', 'b', 'c'].map((name) => toolDefinition(name)) });
        cluster.server('many', many.url);
        cluster.put('mcptoolconfigs', 'few', { spec: { toolsFilter: ['a', 'x'], toolsOverride: { b: { name: 'x' } } } });
        const vmcp = await gatewayOf(t, { ...config, aggregation: { tools: [{ workload: 'many', toolConfigRef: { name: 'few' } }] } });
        await healthy(vmcp, 'many');
        await until('two are shown', async () => (await toolsOf(t, vmcp)).join() === 'many_a,many_x');
        cluster.put('mcptoolconfigs', 'few', { spec: { toolsFilter: ['c'] } });
        await until('another one is shown', async () => (await toolsOf(t, vmcp)).join() === 'many_c', 3000);
    });

    test('a cluster that is nowhere is a mistake of the configuration', async (t) => {
        const config = { name: 'x', groupRef: 'g', outgoingAuth: { source: 'discovered' } };
        const folder = await mkdtemp(join(tmpdir(), 'vmcp-test-'));
        later(t, () => rm(folder, { recursive: true }));
        await writeFile(join(folder, 'vmcp.json'), JSON.stringify(config));
        const { code, stderr } = await run(['serve', '--config', join(folder, 'vmcp.json'), '--port', '0'], { env: { KUBECONFIG: '', KUBERNETES_SERVICE_HOST: '' } });
        assert.notEqual(code, 0);
        assert.match(stderr, /outgoingAuth\.source discovered: this process runs in no pod/);
    });
});
