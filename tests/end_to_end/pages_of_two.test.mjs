// Two backends that mention the same resources, which neither lists: each client reads, subscribes to and hears of the one
// whose tool told it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { generations } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { gateway, later, sdkClient, stub, toolDefinition } from './lib/setup.mjs';

const page = 'ui://page';

// Its tool mentions the URIs that it is given, and it has what it mentioned in that very spelling.
async function backendOf(t, name) {
    const backend = await stub(t, { name, tools: [toolDefinition('show')] });
    const known = new Set();
    backend.on('tools/call', (exchange) => {
        const { uris = [page], key = 'openai/outputTemplate' } = exchange.message.params.arguments ?? {};
        for (const uri of uris) known.add(uri);
        exchange.result({ content: uris.map((uri) => ({ type: 'resource_link', uri, name: uri })), _meta: { [key]: uris[0] } });
    });
    backend.on('resources/read', (exchange) => {
        const { uri } = exchange.message.params;
        if (!known.has(uri)) return exchange.error({ code: -32002, message: 'Resource not found' });
        return exchange.result({ contents: [{ uri, text: `${name} has ${uri}` }] });
    });
    return backend;
}

async function two(t) {
    const backends = { a: await backendOf(t, 'a'), b: await backendOf(t, 'b') };
    return { backends, vmcp: await gateway(t, { a: backends.a.url, b: backends.b.url }) };
}

const textAt = async (client, uri) => (await client.readResource({ uri })).contents[0].text;

for (const generation of Object.keys(generations)) {
    test(`${generation}: the page that a tool's result names is its backend's`, async (t) => {
        const { backends, vmcp } = await two(t);
        const client = await sdkClient(t, vmcp, { generation });
        for (const key of ['openai/outputTemplate', 'ui/resourceUri', 'resourceUri'])
            for (const name of ['a', 'b']) {
                const told = await client.call(`${name}_show`, { key });
                assert.equal(told.content[0].uri, told._meta[key]);
                assert.equal(await textAt(client, told._meta[key]), `${name} has ${page}`, key);
            }
        for (const uri of ['UI://page', 'ui://%70age']) assert.equal(await textAt(client, uri), `a has ${page}`, uri);
        assert.ok(backends.b.requests('resources/read').every(({ message }) => message.params.uri === page));

        const updates = [];
        client.onNotification('notifications/resources/updated', ({ params }) => void updates.push(params.uri));
        const { uri } = (await client.call('b_show', {})).content[0];
        assert.equal(uri, `mcp+b:${page}`);
        await client.subscribeResource({ uri });
        await until('vmcp listens at b', () => backends.b.streams.size > 0);
        backends.b.push({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: page } });
        await until('the update', () => updates.length > 0);
        assert.deepEqual(updates, [uri]);
    });
}

test('more resources than a session remembers lead back to their backend', async (t) => {
    const { vmcp } = await two(t);
    const client = await sdkClient(t, vmcp);
    const uris = Array.from({ length: 200 }, (_, i) => `n:${i}`);
    const told = {};
    for (const name of ['a', 'b'])
        told[name] = (await client.callTool({ name: `${name}_show`, arguments: { uris } })).content.map(({ uri }) => uri);
    for (const i of [0, 1, 127, 128, 129, 199])
        for (const name of ['a', 'b']) assert.equal(await textAt(client, told[name][i]), `${name} has n:${i}`, told[name][i]);
});

test('a client without a session reads from the backend that told it', async (t) => {
    const { backends, vmcp } = await two(t);
    const client = new Client({ name: 'stateless', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await client.connect(new StreamableHTTPClientTransport(new URL(vmcp.url)));
    later(t, () => client.close());
    for (const name of ['b', 'a']) {
        const { uri } = (await client.callTool({ name: `${name}_show`, arguments: {} })).content[0];
        const { contents } = await client.readResource({ uri });
        assert.deepEqual(contents.map((one) => [one.uri, one.text]), [[uri, `${name} has ${page}`]]);
        assert.equal(backends[name].requests('resources/read').length, 1, 'only the owner is asked');
    }
});
