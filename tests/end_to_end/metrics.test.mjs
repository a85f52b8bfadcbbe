// /metrics: what is counted is what happened, in a format that a strict reader accepts, with bounded labels.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { countFrom, get, gatewayWithAdmin, metricsOf, parseMetrics } from './lib/admin.mjs';
import { until } from './lib/process.mjs';
import { send } from './lib/raw_client.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { configFor, repository } from './lib/vmcp.mjs';

const tools = [toolDefinition('one'), toolDefinition('two')];
const requests = (method, status) => `toolhive_mcp_requests_total{mcp_method="${method}",server="test-gateway",status="${status}",transport="streamable-http"}`;
const operations = (method, error) => `mcp_server_operation_duration_seconds_count{${error ? `error_type="${error}",` : ''}mcp_method_name="${method}"}`;

test('the format, on both listeners', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url });
    for (const base of [vmcp.base, vmcp.admin]) {
        const page = await get(`${base}/metrics`);
        assert.equal(page.status, 200);
        assert.equal(page.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
        const metrics = parseMetrics(page.text);
        assert.equal(metrics.types.get('toolhive_mcp_requests_total'), 'counter');
        assert.equal(metrics.types.get('toolhive_mcp_request_duration_seconds'), 'histogram');
        assert.equal(metrics.types.get('vmcp_sessions_active'), 'gauge');
        assert.equal(metrics.get('vmcp_build_info{version="0.1.0"}'), 1);
        assert.equal(metrics.get('toolhive_vmcp_backends_discovered'), 1);
        assert.equal(metrics.get('vmcp_catalogue_entries{kind="tools"}'), 2);
        assert.ok(Math.abs(metrics.get('process_start_time_seconds') - Date.now() / 1000) < 60, 'the start time is now');
        assert.ok(metrics.get('process_resident_memory_bytes') > 2 ** 20);
        assert.ok(metrics.get('process_open_fds') > 5);
        assert.ok(metrics.get('process_max_fds') >= metrics.get('process_open_fds'));
        assert.ok(metrics.get('process_threads') >= 2);
    }
    assert.equal((await send(`${vmcp.base}/metrics`, { method: 'POST', body: '' })).status, 405);
});

test('docs/metrics.md lists what there is, and nothing else', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url }, {
        config: { operational: { failureHandling: { circuitBreaker: { enabled: true } } }, audit: { enabled: true, logFile: '/dev/null' }, telemetry: { endpoint: 'http://127.0.0.1:1', tracingEnabled: true },
            rateLimiting: { shared: { maxTokens: 1000, refillPeriod: '1s' } } },
    });
    const client = await rawClient(t, vmcp);
    await client.request('tools/call', { name: 'stub_one', arguments: {} });
    const [page] = (await readFile(join(repository, 'docs/metrics.md'), 'utf8')).split('## Sessions shared with other gateways'); // redis.test.mjs
    const listed = page.split('\n').filter((line) => line.startsWith('| `')).flatMap((line) => [...line.split('|')[1].matchAll(/`(\w+)`/g)].map((one) => one[1]));
    assert.deepEqual(listed.toSorted(), [...(await metricsOf(vmcp.base)).types.keys()].toSorted());
});

test('telemetry.enablePrometheusMetricsPath: false leaves them to the admin listener', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined, { config: { telemetry: { enablePrometheusMetricsPath: false } } });
    assert.equal((await get(`${vmcp.base}/metrics`)).status, 404);
    assert.equal((await get(`${vmcp.admin}/metrics`)).status, 200);
});

test('calls are counted by method and by how they ended', async (t) => {
    const backend = await stub(t, { tools });
    backend.on('tools/call', (exchange) => {
        const { how } = exchange.message.params.arguments;
        if (how === 'tool error') return exchange.result('{"content":[{"type":"text","text":"\\"isError\\":false"}], "isError" : true}');
        if (how === 'nested') return exchange.result('{"content":[],"structuredContent":{"isError":true}}');
        if (how === 'rpc error') return exchange.error({ code: -32000, message: 'no' });
        if (how === 'broken') return exchange.status(500, 'broken');
        return exchange.result('{"content":[{"type":"text","text":"\\"isError\\":true"}]}');
    });
    const vmcp = await gateway(t, { stub: backend.url });
    const since = await countFrom(vmcp.base);
    const client = await rawClient(t, vmcp);
    const call = (how) => client.request('tools/call', { name: 'stub_one', arguments: { how } });
    for (const how of ['fine', 'fine', 'nested', 'tool error', 'rpc error', 'broken']) await call(how);
    await client.request('tools/call', { name: 'no_such_tool', arguments: {} });
    await client.request('tools/list');
    await client.request('ping');
    await client.request('no/such/method');
    const counted = await since();
    assert.equal(counted(requests('tools/call', 'success')), 4, 'a tool that fails was called');
    assert.equal(counted(requests('tools/call', 'error')), 3);
    assert.equal(counted(requests('tools/list', 'success')), 1);
    assert.equal(counted(requests('ping', 'success')), 1);
    assert.equal(counted(requests('initialize', 'success')), 1);
    assert.equal(counted(requests('other', 'error')), 1);
    assert.equal(counted('toolhive_mcp_tool_calls_total{server="test-gateway",status="success"}'), 3);
    assert.equal(counted('toolhive_mcp_tool_calls_total{server="test-gateway",status="error"}'), 4);
    assert.equal(counted(operations('tools/call')), 3);
    assert.equal(counted(operations('tools/call', 'tool_error')), 1);
    assert.equal(counted(operations('tools/call', 'rpc_error')), 3);
    assert.equal(counted('toolhive_vmcp_backend_requests_total{target_workload_name="stub"}'), 6);
    assert.equal(counted('toolhive_vmcp_backend_errors_total{target_workload_name="stub"}'), 1, 'an error that it answered is an answer');
});

test('durations are told in buckets that add up', async (t) => {
    const backend = await stub(t, { tools });
    backend.on('tools/call', (exchange) => setTimeout(() => exchange.result('{"content":[]}'), 60));
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    for (let i = 0; i < 3; ++i) await client.request('tools/call', { name: 'stub_one', arguments: {} });
    const m = await metricsOf(vmcp.base);
    for (const [name, labels] of [
        ['toolhive_vmcp_backend_requests_duration_seconds', ',target_workload_name="stub"'],
        ['mcp_server_operation_duration_seconds', ',mcp_method_name="tools/call"'],
    ]) {
        const bucket = (le) => m.get(`${name}_bucket{${[`le="${le}"`, labels.slice(1)].sort().join(',')}}`);
        const bounds = [...m.keys()].filter((key) => key.startsWith(`${name}_bucket`) && key.includes(labels.slice(1)))
            .map((key) => /le="([^"]+)"/.exec(key)[1]);
        assert.equal(bounds.length, 20, name);
        assert.deepEqual(bounds.map(bucket), bounds.map(bucket).toSorted((a, b) => a - b), 'they only grow');
        assert.equal(bucket('0.05'), 0, `${name}: none was faster than the backend`);
        assert.equal(bucket('+Inf'), 3);
        assert.equal(m.get(`${name}_count{${labels.slice(1)}}`), 3);
        const sum = m.get(`${name}_sum{${labels.slice(1)}}`);
        assert.ok(sum >= 0.18 && sum < 10, `${name}: ${sum} s`);
    }
});

test('sessions, streams and calls in flight', async (t) => {
    const backend = await stub(t, { tools });
    let release;
    const held = new Promise((resolve) => (release = resolve));
    backend.on('tools/call', async (exchange) => {
        await held;
        exchange.result('{"content":[]}');
    });
    const vmcp = await gateway(t, { stub: backend.url });
    const since = await countFrom(vmcp.base);
    const [first, second] = [await rawClient(t, vmcp), await rawClient(t, vmcp)];
    const stream = await first.openStream();
    const call = first.request('tools/call', { name: 'stub_one', arguments: {} });
    const busy = await until('the call in flight', async () => {
        const m = await metricsOf(vmcp.base);
        return m.get('vmcp_backend_calls_running{backend="stub"}') === 1 && m;
    });
    assert.equal(busy.get('vmcp_in_flight'), 1);
    assert.equal(busy.get('vmcp_sse_streams_active'), 1);
    assert.equal(busy.get('vmcp_sessions_active'), 2);
    assert.ok(busy.get('toolhive_mcp_active_connections{server="test-gateway"}') >= 2);
    release();
    await call;
    stream.destroy();
    await second.close();
    const idle = await until('all is idle', async () => {
        const m = await metricsOf(vmcp.base);
        return m.get('vmcp_sse_streams_active') === 0 && m.get('vmcp_in_flight') === 0 && m;
    });
    assert.equal(idle.get('vmcp_sessions_active'), 1);
    const counted = await since();
    assert.equal(counted('vmcp_sessions_opened_total'), 2);
    assert.equal(counted('vmcp_sessions_ended_total{reason="deleted"}'), 1);
    assert.equal(counted('vmcp_sessions_ended_total{reason="expired"}'), 0);
    await send(vmcp.url, { headers: { host: 'evil.example', 'content-type': 'application/json' }, body: '{}' });
    assert.equal((await since())('vmcp_http_requests_refused_total'), 1);
});

test('health of backends, their circuits and sessions that were lost', async (t) => {
    const good = await stub(t, { tools });
    const bad = await stub(t, { tools });
    const failureHandling = { healthCheckInterval: '500ms', healthCheckTimeout: '400ms', unhealthyThreshold: 5, circuitBreaker: { enabled: true, failureThreshold: 2, timeout: '60s' } };
    const vmcp = await gateway(t, { good: good.url, bad: bad.url }, { config: { operational: { failureHandling } } });
    const client = await rawClient(t, vmcp);
    let m = await metricsOf(vmcp.base);
    assert.equal(m.get('vmcp_backend_up{backend="bad"}'), 1);
    assert.equal(m.get('vmcp_circuit_state{backend="bad",state="closed"}'), 1);
    assert.ok(m.get('vmcp_probe_duration_seconds{backend="good"}') > 0);
    const moved = m.get('vmcp_transitions_total{backend="bad"}');

    bad.on('tools/call', (exchange) => exchange.status(503, 'no'));
    for (let i = 0; i < 3; ++i) await client.request('tools/call', { name: 'bad_one', arguments: {} });
    m = await metricsOf(vmcp.base);
    assert.equal(m.get('vmcp_circuit_state{backend="bad",state="open"}'), 1);
    assert.equal(m.get('vmcp_circuit_state{backend="bad",state="closed"}'), 0);
    assert.equal(m.get('vmcp_circuit_state{backend="good",state="open"}'), 0);

    await bad.close();
    m = await until('bad is down', async () => {
        const now = await metricsOf(vmcp.base);
        return now.get('vmcp_backend_up{backend="bad"}') === 0 && now.get('vmcp_consecutive_failures{backend="bad"}') > 1 && now;
    });
    assert.equal(m.get('vmcp_backend_state{backend="bad",state="unhealthy"}'), 1);
    assert.equal(m.get('vmcp_backend_state{backend="bad",state="healthy"}'), 0);
    assert.equal(m.get('vmcp_backend_up{backend="good"}'), 1);
    assert.ok(m.get('vmcp_transitions_total{backend="bad"}') > moved);

    const before = m.get('vmcp_upstream_session_reinit_total{backend="good"}');
    await client.request('tools/call', { name: 'good_one', arguments: {} });
    good.forgetSessions();
    await client.request('tools/call', { name: 'good_one', arguments: {} });
    await until('the lost session is counted', async () =>
        (await metricsOf(vmcp.base)).get('vmcp_upstream_session_reinit_total{backend="good"}') > before);

    await bad.listen(bad.port);
    m = await until('bad is back', async () => {
        const now = await metricsOf(vmcp.base);
        return now.get('vmcp_backend_up{backend="bad"}') === 1 && now;
    });
    assert.equal(m.get('vmcp_consecutive_failures{backend="bad"}'), 0);
});

test('the series of a removed backend end with the reload, and nobody else makes up series', async (t) => {
    const [one, two] = [await stub(t, { tools }), await stub(t, { tools })];
    const vmcp = await gatewayWithAdmin(t, { stays: one.url, leaves: two.url }, { token: 'letmein' });
    const client = await rawClient(t, vmcp);
    await client.request('tools/call', { name: 'leaves_one', arguments: {} });
    const before = await metricsOf(vmcp.base);
    assert.ok([...before.keys()].some((key) => key.includes('"leaves"')));

    const config = configFor([{ name: 'stays', url: one.url }], { admin: { port: vmcp.adminPort, token: 'letmein' } });
    await vmcp.rewrite(config);
    const answer = await send(`${vmcp.admin}/api/reload`, { headers: { authorization: 'Bearer letmein' }, body: '' });
    assert.equal(answer.status, 200, await answer.body());
    const after = await metricsOf(vmcp.base);
    assert.deepEqual([...after.keys()].filter((key) => key.includes('"leaves"')), []);
    assert.equal(after.get('toolhive_vmcp_backends_discovered'), 1);
    assert.equal(after.get('vmcp_config_last_reload_successful'), 1);
    assert.ok(after.get('vmcp_config_reloads_total{outcome="success"}') >= 1);

    await client.request('tools/call', { name: 'no_such_tool' });
    await client.request('made/up');
    const known = new Set((await metricsOf(vmcp.base)).keys());
    for (let i = 0; i < 30; ++i) {
        await client.request(`made/up/${i}`);
        await client.request('tools/call', { name: `made_up_${i}` });
    }
    assert.deepEqual([...(await metricsOf(vmcp.base)).keys()].filter((key) => !known.has(key)), []);

    await vmcp.rewrite('backends: 7\n');
    await until('the mistake is reported', async () => (await metricsOf(vmcp.base)).get('vmcp_config_last_reload_successful') === 0);
    assert.ok((await metricsOf(vmcp.base)).get('vmcp_config_reloads_total{outcome="refused"}') >= 1);
});
