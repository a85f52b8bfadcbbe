// Traces and metrics as a collector gets them, and what backends are told of a trace.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { metricsOf } from './lib/admin.mjs';
import { startReceiver } from './lib/otlp_receiver.mjs';
import { freePort } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { gateway, later, rawClient, stub, toolDefinition } from './lib/setup.mjs';

const tools = [toolDefinition('one')];
const trace = '0af7651916cd43dd8448eb211c80319c';
const ofClient = 'b7ad6b7169203331';
const traceparent = `00-${trace}-${ofClient}-01`;
const fast = { OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_METRIC_EXPORT_INTERVAL: '200' };

const traced = (receiver, more = {}) => ({
    telemetry: { endpoint: receiver.url, tracingEnabled: true, samplingRate: '0', ...more },
});
const callOne = (client, headers, params = {}) => client.request('tools/call', { name: 'stub_one', arguments: {}, ...params }, { headers });
const lastCall = (backend) => backend.requests('tools/call').at(-1);
const spansOf = (receiver, id) => receiver.spans.filter((one) => one.traceId === id);

async function installed(program) {
    return new Promise((found) => execFile(program, ['-v'], (problem) => found(problem?.code !== 'ENOENT')));
}

// nginx in front of a port; skips the test where there is none.
async function nginx(t, port) {
    const directory = await mkdtemp(join(tmpdir(), 'vmcp-nginx-'));
    const own = await freePort();
    await writeFile(join(directory, 'nginx.conf'), `
daemon off; master_process off; pid ${directory}/pid; error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy; fastcgi_temp_path ${directory}/fastcgi;
    uwsgi_temp_path ${directory}/uwsgi; scgi_temp_path ${directory}/scgi;
    server {
        listen 127.0.0.1:${own};
        location / { proxy_pass http://127.0.0.1:${port}; proxy_http_version 1.1; proxy_buffering off; proxy_set_header Host $http_host; }
    }
}`);
    const child = spawn('nginx', ['-p', directory, '-c', join(directory, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    later(t, async () => {
        const ended = new Promise((exit) => child.once('exit', exit));
        if (child.exitCode === null) child.kill('SIGTERM'), await ended;
        await rm(directory, { recursive: true, force: true });
    });
    await until('nginx listens', () => fetch(`http://127.0.0.1:${own}/health`).then((answer) => answer.ok, () => false));
    return `http://127.0.0.1:${own}/mcp`;
}

function checkTree(receiver, backend) {
    assert.deepEqual(receiver.problems, []);
    const all = spansOf(receiver, trace);
    const server = all.find((one) => one.kind === 2);
    const client = all.find((one) => one.kind === 3);
    assert.equal(all.length, 2);
    assert.equal(server.parentSpanId, ofClient);
    assert.equal(client.parentSpanId, server.spanId);
    assert.equal(lastCall(backend).headers.traceparent, `00-${trace}-${client.spanId}-01`);
    assert.ok(BigInt(server.startTimeUnixNano) <= BigInt(client.startTimeUnixNano));
    assert.ok(BigInt(client.endTimeUnixNano) <= BigInt(server.endTimeUnixNano));
    return { server, client };
}

test('a call is one tree, from the client to the backend', async (t) => {
    const receiver = await startReceiver(t);
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url }, {
        config: traced(receiver, { headers: { Authorization: 'Bearer collector-secret' }, customAttributes: { 'deployment.environment': 'test' } }),
        env: fast,
    });
    const client = await rawClient(t, vmcp);
    await callOne(client, { traceparent, tracestate: 'congo=t61rcWkgMzE' });
    assert.equal(lastCall(backend).headers.tracestate, 'congo=t61rcWkgMzE');
    await until('the spans', () => spansOf(receiver, trace).length >= 2);
    const { server, client: sent } = checkTree(receiver, backend);
    assert.equal(server.name, 'tools/call stub_one');
    assert.equal(server.attributes['gen_ai.tool.name'], 'stub_one');
    assert.equal(server.attributes['mcp.method.name'], 'tools/call');
    assert.equal(server.attributes['mcp.session.id'], client.session.slice(0, 8), 'the whole id is a credential');
    assert.equal(server.attributes['vmcp.backend'], 'stub');
    assert.equal(server.traceState, 'congo=t61rcWkgMzE');
    assert.equal(sent.attributes['server.address'], '127.0.0.1');
    assert.equal(sent.attributes['http.response.status_code'], '200');
    assert.equal(server.resource['service.name'], 'test-gateway');
    assert.equal(server.resource['deployment.environment'], 'test');
    assert.equal(receiver.requests[0].headers.authorization, 'Bearer collector-secret');
    assert.ok(!vmcp.program.output.includes('collector-secret'));
});

test('the same through nginx', async (t) => {
    if (!await installed('nginx')) return t.skip('nginx is not installed');
    const receiver = await startReceiver(t);
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url }, { config: traced(receiver), env: fast });
    const client = await rawClient(t, { url: await nginx(t, vmcp.port) });
    await callOne(client, { traceparent });
    await until('the spans', () => spansOf(receiver, trace).length >= 2);
    checkTree(receiver, backend);
});

test('a trace that comes in _meta, and another one in the header', async (t) => {
    const receiver = await startReceiver(t);
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url }, { config: traced(receiver), env: fast });
    const client = await rawClient(t, vmcp);
    const other = '11111111111111111111111111111111';
    await callOne(client, { traceparent: `00-${other}-2222222222222222-01` }, { _meta: { traceparent, 'example.com/x': 1 } });
    await until('the spans', () => spansOf(receiver, trace).length >= 2);
    const { server, client: sent } = checkTree(receiver, backend);
    assert.deepEqual(server.links, [{ traceId: other, spanId: '2222222222222222' }]);
    assert.deepEqual(lastCall(backend).message.params._meta, { traceparent: `00-${trace}-${sent.spanId}-01`, 'example.com/x': 1 });
});

test('nobody decided: the share of the configuration is kept, probes and failures with it', async (t) => {
    const receiver = await startReceiver(t);
    const backend = await stub(t, { tools });
    backend.on('tools/call', (exchange) => exchange.error({ code: -32602, message: 'not like that' }));
    const vmcp = await gateway(t, { stub: backend.url }, { config: traced(receiver, { samplingRate: '1' }), env: fast });
    const client = await rawClient(t, vmcp);
    await callOne(client);
    await callOne(client, {}, { name: 'nobody_has_this' });
    await callOne(client, { traceparent: `00-${trace}-${ofClient}-00` });
    const calls = () => receiver.spans.filter((one) => one.kind === 2 && one.attributes['mcp.method.name'] === 'tools/call');
    await until('the spans', () => calls().length >= 2 && receiver.spans.some((one) => one.name === 'probe'));
    assert.equal(spansOf(receiver, trace).length, 0, 'the client has decided against it');
    const [failed, unknown] = calls();
    assert.equal(failed.attributes['error.type'], '-32602');
    assert.equal(failed.attributes['rpc.response.status_code'], '-32602');
    assert.equal(failed.status.code, 2);
    assert.equal(unknown.name, 'tools/call', 'names of spans are not for clients to choose');
    assert.ok(backend.log.some((one) => one.kind !== 'tools/call' && one.headers.traceparent), 'probes name their span');
    assert.deepEqual(receiver.problems, []);
});

test('without traces a traceparent goes on as it came, and what is none goes nowhere', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    await callOne(client, { traceparent });
    assert.equal(lastCall(backend).headers.traceparent, traceparent);
    await callOne(client, { traceparent: traceparent.toUpperCase() });
    assert.equal(lastCall(backend).headers.traceparent, undefined);
    await callOne(client);
    assert.equal(lastCall(backend).headers.traceparent, undefined);
});

test('metrics are sent under the names of OpenTelemetry', async (t) => {
    const receiver = await startReceiver(t);
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url }, { config: { telemetry: { endpoint: receiver.url, metricsEnabled: true } }, env: fast });
    const client = await rawClient(t, vmcp);
    await callOne(client);
    const points = (name) => receiver.metrics.get(name)?.sum?.dataPoints ?? receiver.metrics.get(name)?.histogram?.dataPoints ?? [];
    await until('the metrics', () => points('toolhive_mcp_tool_calls').some((one) => one.asDouble === 1));
    assert.equal(receiver.metrics.get('toolhive_mcp_request_duration').unit, 's');
    assert.ok(points('mcp.server.operation.duration').some((one) => one.attributes.some(({ key }) => key === 'mcp.method.name')));
    assert.ok(receiver.metrics.get('vmcp_sessions_active').gauge.dataPoints[0].asDouble >= 1);
    assert.deepEqual(receiver.problems, []);
    assert.deepEqual(receiver.spans, []);
});

test('a collector that is away, slow or tired slows no call, and the log says it once', async (t) => {
    const receiver = await startReceiver(t);
    const backend = await stub(t, { tools });
    const held = [];
    const ways = [
        (request, response) => (response.writeHead(429, { 'retry-after': '0' }), response.end(), true),
        (request, response) => (response.writeHead(503), response.end('no'), true),
        (request, response) => (held.push(response), true), // never
    ];
    receiver.answer = (...exchange) => ways[Math.min(receiver.requests.length, ways.length) - 1](...exchange);
    const vmcp = await gateway(t, { stub: backend.url }, {
        config: traced(receiver, { samplingRate: '1' }), env: { ...fast, OTEL_BSP_MAX_QUEUE_SIZE: '50', OTEL_EXPORTER_OTLP_TIMEOUT: '500' },
    });
    const client = await rawClient(t, vmcp);
    const began = Date.now();
    for (let i = 0; i < 100; ++i) await callOne(client);
    assert.ok(Date.now() - began < 20000);
    await until('what finds no room is counted', async () => (await metricsOf(vmcp.base)).get('vmcp_spans_lost_total') > 0);
    assert.ok((await metricsOf(vmcp.base)).get('vmcp_spans_waiting') <= 50);
    assert.equal(vmcp.program.output.split('are not taken by the collector').length - 1, 1, vmcp.program.output);
    receiver.answer = undefined;
    for (const response of held) response.destroy();
    await until('it is taken again', async () => (await metricsOf(vmcp.base)).get('vmcp_spans_sent_total') > 0, 60000);
    assert.match(vmcp.program.output, /the collector takes them again/);
});

test('a reload switches traces on and off, and the last spans are sent at the end', async (t) => {
    const receiver = await startReceiver(t);
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url }, { env: { OTEL_BSP_SCHEDULE_DELAY: '60000' } });
    const client = await rawClient(t, vmcp);
    await callOne(client, { traceparent });
    const { configFor } = await import('./lib/vmcp.mjs');
    await vmcp.rewrite(configFor([{ name: 'stub', url: backend.url }], traced(receiver)));
    vmcp.program.child.kill('SIGHUP');
    await until('the reload', () => vmcp.program.output.includes('configuration reloaded'));
    await callOne(client, { traceparent });
    assert.equal(receiver.spans.length, 0);
    await vmcp.stop();
    checkTree(receiver, backend);
});
