// What a gateway writes into the status of its VirtualMCPServer, on a real API server: beside an operator, beside other
// replicas, and with less rights than it would like.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../end_to_end/lib/process.mjs';
import { ApiServer, noCluster, toolhiveRules } from './lib/api_server.mjs';
import { backend, backendOf, clusterGateway, conditionOf, proxy, untilStatus } from './lib/cluster.mjs';

let api;
let count = 0;

// A namespace with a group, a gateway object and backends: {name: Stub}.
async function scene(t, names, options) {
    const namespace = await api.namespace(`status-${++count}`, options);
    await namespace.group('group');
    await namespace.gateway('gateway', 'group');
    const backends = {};
    for (const name of names) {
        backends[name] = await backend(t, name);
        await namespace.mcpServer(name, 'group');
        await namespace.running(name, backends[name].url);
    }
    return { namespace, backends };
}

const ready = (n) => (status) => status.phase === 'Ready' && status.backendCount === n;

describe('the status in the cluster', { skip: noCluster, timeout: 300000 }, () => {
    before(async () => { api = await new ApiServer().start(); }, { timeout: 180000 });
    after(() => api?.stop());

    test('has every field, and leaves the operator its own', async (t) => {
        const { namespace } = await scene(t, ['one', 'two']);
        const path = `${namespace.path}/virtualmcpservers/gateway`;
        const foreign = { type: 'GroupRefValidated', status: 'True', reason: 'Valid', message: 'by the operator', lastTransitionTime: '2026-01-01T00:00:00Z' };
        await api.patch(`${path}/status`, { status: { url: 'http://gateway.example', oidcConfigHash: 'abc', conditions: [foreign] } });
        await clusterGateway(t, namespace, { name: 'gateway' });
        const object = await untilStatus(namespace, 'gateway', ready(2));
        assert.equal(object.status.url, 'http://gateway.example');
        assert.equal(object.status.oidcConfigHash, 'abc');
        assert.deepEqual(conditionOf(object, 'GroupRefValidated'), foreign);
        assert.equal(object.status.observedGeneration, object.metadata.generation);
        assert.equal(object.status.message, 'All 2 backends are routable');
        assert.equal(conditionOf(object, 'Ready').status, 'True');
        assert.equal(conditionOf(object, 'Ready').reason, 'AllBackendsRoutable');
        assert.equal(conditionOf(object, 'BackendsDiscovered').status, 'True');
        assert.equal(conditionOf(object, 'Degraded'), undefined);
        const row = backendOf(object, 'one');
        assert.equal(row.status, 'ready');
        assert.equal(row.authType, 'unauthenticated');
        assert.equal(row.mcpRevision, '2025-11-25');
        assert.ok(row.url.startsWith('http://'));
        assert.ok(Math.abs(Date.parse(row.lastHealthCheck) - Date.now()) < 20000, row.lastHealthCheck);
        const events = await until('an event', async () => (await namespace.events()).some(({ reason }) => reason === 'GatewayReady') && namespace.events());
        for (const one of events) assert.equal(one.regarding.uid, object.metadata.uid);
    });

    test('follows what happens within two seconds, without a write where nothing does', async (t) => {
        const { namespace, backends } = await scene(t, ['one', 'two']);
        await clusterGateway(t, namespace, { name: 'gateway', config: { operational: { failureHandling: { healthCheckInterval: '1s', healthCheckTimeout: '500ms', unhealthyThreshold: 1, statusReportingInterval: '10m' } } } });
        const first = await untilStatus(namespace, 'gateway', ready(2));
        await sleep(4000);
        const settled = await namespace.readGateway('gateway');
        await sleep(6000);
        assert.equal((await namespace.readGateway('gateway')).metadata.resourceVersion, settled.metadata.resourceVersion, 'no write without news');
        backends.two.intercept = (exchange) => { exchange.status(503, 'down'); return true; };
        const down = await untilStatus(namespace, 'gateway', (status) => status.phase === 'Degraded', 5000);
        assert.equal(backendOf(down, 'two').status, 'unavailable');
        assert.ok(backendOf(down, 'two').consecutiveFailures >= 1);
        assert.ok(backendOf(down, 'two').message.length > 0);
        assert.equal(down.status.backendCount, 1);
        assert.notEqual(conditionOf(down, 'Ready').lastTransitionTime, undefined);
        assert.equal(conditionOf(down, 'BackendsDiscovered').lastTransitionTime, conditionOf(first, 'BackendsDiscovered').lastTransitionTime);
        backends.two.intercept = undefined;
        await untilStatus(namespace, 'gateway', ready(2), 5000);
        await until('events of both', async () => {
            const reasons = (await namespace.events()).map(({ reason }) => reason);
            return reasons.includes('BackendUnavailable') && reasons.includes('GatewayDegraded');
        });
        await namespace.remove('two');
        const gone = await untilStatus(namespace, 'gateway', ready(1), 3000);
        assert.equal(backendOf(gone, 'two'), undefined);
    });

    test('an operator that writes all the time is neither overwritten nor waited for', async (t) => {
        const { namespace, backends } = await scene(t, ['one']);
        await clusterGateway(t, namespace, { name: 'gateway' });
        await untilStatus(namespace, 'gateway', ready(1));
        const path = `${namespace.path}/virtualmcpservers/gateway`;
        let writing = true;
        let written = 0;
        const operator = (async () => {
            while (writing) {
                await api.patch(path, { metadata: { annotations: { count: String(++written) } } });
                await sleep(30);
            }
        })();
        for (const phase of ['Failed', 'Ready', 'Failed', 'Ready']) {
            backends.one.intercept = phase === 'Failed' ? (exchange) => { exchange.status(503, 'down'); return true; } : undefined;
            await untilStatus(namespace, 'gateway', (status) => status.phase === phase, 10000);
        }
        writing = false;
        await operator;
        assert.equal((await namespace.readGateway('gateway')).metadata.annotations.count, String(written));
    });

    test('of two replicas one writes, and the other one goes on where it ends', async (t) => {
        const { namespace } = await scene(t, ['one']);
        const between = [await proxy(t, api), await proxy(t, api)];
        const first = await clusterGateway(t, namespace, { name: 'gateway', pod: 'pod-a', through: between[0] });
        await untilStatus(namespace, 'gateway', ready(1));
        const second = await clusterGateway(t, namespace, { name: 'gateway', pod: 'pod-b', through: between[1] });
        await second.untilHealthy(['one']);
        await sleep(12000);
        assert.match((await namespace.lease('gateway')).spec.holderIdentity, /^pod-a_/);
        assert.ok(between[0].of('PATCH', '/status').length > 0);
        assert.equal(between[1].of('PATCH', '/status').length, 0, 'the second one writes nothing');
        await first.stop();
        await until('the second one has the lease', async () => /^pod-b_/.test((await namespace.lease('gateway')).spec.holderIdentity), 8000);
        await namespace.remove('one');
        await untilStatus(namespace, 'gateway', (status) => (status.discoveredBackends ?? []).length === 0, 8000);
        assert.ok(between[1].of('PATCH', '/status').length > 0);
    });

    test('a replica that was killed is followed after its time', async (t) => {
        const { namespace } = await scene(t, ['one']);
        const first = await clusterGateway(t, namespace, { name: 'gateway', pod: 'pod-a' });
        await untilStatus(namespace, 'gateway', ready(1));
        await clusterGateway(t, namespace, { name: 'gateway', pod: 'pod-b' });
        first.program.child.kill('SIGKILL');
        await first.program.exited;
        await until('the second one has the lease', async () => /^pod-b_/.test((await namespace.lease('gateway')).spec.holderIdentity), 30000);
    });

    test('with the rights that ToolHive gives it is written all the same', async (t) => {
        const { namespace } = await scene(t, ['one'], { user: 'bare', rules: toolhiveRules });
        const gateway = await clusterGateway(t, namespace, { name: 'gateway', token: api.tokens.bare });
        await untilStatus(namespace, 'gateway', ready(1));
        assert.match(gateway.program.stderr + gateway.program.stdout, /Leases are forbidden/);
        assert.deepEqual(await namespace.events(), []);
    });

    test('an API server that is away is one line in the log, and gets the last state afterwards', async (t) => {
        const { namespace, backends } = await scene(t, ['one']);
        const between = await proxy(t, api);
        const gateway = await clusterGateway(t, namespace, { name: 'gateway', through: between });
        await untilStatus(namespace, 'gateway', ready(1));
        for (const fault of [{ status: 500 }, 'drop', { status: 429, headers: { 'retry-after': '1' } }, 'stall']) {
            between.fault = ({ path }) => path.includes('virtualmcpservers') || path.includes('leases') ? fault : undefined;
            backends.one.intercept = (exchange) => { exchange.status(503, 'down'); return true; };
            await sleep(3000);
            backends.one.intercept = undefined;
            between.fault = () => undefined;
            await untilStatus(namespace, 'gateway', ready(1), 45000);
        }
        const log = gateway.program.stderr + gateway.program.stdout;
        assert.ok(log.split('\n').filter((line) => line.includes('the status in the cluster:')).length <= 12, log);
        assert.doesNotMatch(log, /token-of-vmcp/);
    });

    test('ends within two seconds while the API server does not answer', async (t) => {
        const { namespace } = await scene(t, ['one']);
        const between = await proxy(t, api);
        const gateway = await clusterGateway(t, namespace, { name: 'gateway', through: between });
        await untilStatus(namespace, 'gateway', ready(1));
        between.fault = () => 'stall';
        await sleep(500);
        const begun = Date.now();
        await gateway.stop();
        assert.ok(Date.now() - begun < 5000, `${Date.now() - begun} ms`);
    });
});
