// The official SDK's client of the stateless revision (2026-07-28), through vmcp, against a server with sessions that knows
// nothing of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startFixture } from '../conformance/fixture.mjs';
import { textOf } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { configFor, startVmcp } from './lib/vmcp.mjs';

let fixture;
let gateway;

before(async () => {
    fixture = await startFixture({ extras: true, asking: true });
    gateway = await startVmcp(configFor([{ name: 'fixture', url: fixture.url }]));
});

after(async () => {
    await gateway?.stop();
    await fixture?.close();
});

async function connect({ mode = { pin: '2026-07-28' }, capabilities = {}, setup = () => {} } = {}) {
    const client = new Client({ name: 'stateless', version: '1' }, { capabilities, versionNegotiation: { mode } });
    setup(client);
    await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url)));
    return client;
}

const call = (client, name, args = {}, options) => client.callTool({ name: `fixture_${name}`, arguments: args }, options);

test('a client that tries both finds the newer revision, and needs no session', async () => {
    const client = await connect({ mode: 'auto' });
    assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28');
    assert.equal(client.getServerVersion().name, 'test-gateway');
    const { tools } = await client.listTools();
    assert.ok(tools.some(({ name }) => name === 'fixture_echo'));
    assert.deepEqual(JSON.parse(textOf(await call(client, 'echo', { text: 'hi' }))), { server: 'fixture', text: 'hi' });
    const { prompts } = await client.listPrompts();
    assert.ok(prompts.some(({ name }) => name === 'fixture_test_simple_prompt'));
    const { contents } = await client.readResource({ uri: 'test://static-text' });
    assert.equal(contents.length, 1);
    await client.close();
});

test('progress comes on the stream of its call', async () => {
    const client = await connect();
    const steps = [];
    await call(client, 'report_progress', { n: 5 }, { onprogress: ({ progress }) => steps.push(progress) });
    assert.deepEqual(steps, [1, 2, 3, 4, 5]);
    await client.close();
});

test('questions of the server are answered by retries of the call, which runs once', async () => {
    const before = fixture.state.calls.length;
    const client = await connect({
        capabilities: { elicitation: {}, sampling: {}, roots: {} },
        setup: (one) => {
            one.setRequestHandler('elicitation/create', ({ params }) => ({ action: 'accept', content: { name: params.message } }));
            one.setRequestHandler('sampling/createMessage', () => ({ role: 'assistant', model: 'm', content: { type: 'text', text: 'Paris' } }));
            one.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///home/ada' }] }));
        },
    });
    const both = JSON.parse(textOf(await call(client, 'test_input_required_result_multi_round')));
    assert.deepEqual(both.map(({ content }) => content.name), ['What is your name?', 'And then?']);
    const three = JSON.parse(textOf(await call(client, 'test_input_required_result_multiple_inputs')));
    assert.equal(three[1].content.text, 'Paris');
    assert.equal(three[2].roots[0].uri, 'file:///home/ada');
    assert.equal(fixture.state.calls.length - before, 2);
    await client.close();
});

test('a client that cannot be asked is told what it lacks', async () => {
    const client = await connect();
    await assert.rejects(call(client, 'test_missing_capability'), (error) => {
        assert.equal(error.code, -32021);
        assert.deepEqual(error.data.requiredCapabilities, { sampling: {} });
        return true;
    });
    await client.close();
});

test('cancelling reaches the server', async () => {
    const client = await connect();
    const stop = new AbortController();
    const running = call(client, 'slow', { ms: 30_000, tag: 'stateless' }, { signal: stop.signal });
    await until('the call runs', () => fixture.state.calls.some(({ tool }) => tool === 'slow'));
    stop.abort();
    await assert.rejects(running);
    await until('the server was told', () => fixture.state.cancelled.includes('stateless'));
    await client.close();
});

test('changes are heard by those who listen', async () => {
    const client = await connect();
    const changed = new Promise((resolve) => client.setNotificationHandler('notifications/tools/list_changed', resolve));
    const updated = new Promise((resolve) => client.setNotificationHandler('notifications/resources/updated', resolve));
    const subscription = await client.listen({
        toolsListChanged: true, resourceSubscriptions: ['test://watched-resource', 'nobody://has-this'],
    });
    assert.deepEqual(subscription.honoredFilter, {
        toolsListChanged: true, resourceSubscriptions: ['test://watched-resource'],
    });
    await call(client, 'touch_resource');
    assert.equal((await updated).params.uri, 'test://watched-resource');
    await call(client, 'toggle_tool');
    await changed;
    const { tools } = await client.listTools();
    assert.ok(tools.some(({ name }) => name === 'fixture_dynamic_tool'));
    await subscription.close?.();
    await client.close();
});
