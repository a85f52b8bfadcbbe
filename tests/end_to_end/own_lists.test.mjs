// A backend with toolsets, made with the official SDK: what one client enables, that client alone sees and calls.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { McpServer } from '@modelcontextprotocol/server';
import { textOf } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { gateway, later, sdkClient } from './lib/setup.mjs';

const text = (value) => ({ content: [{ type: 'text', text: value }] });

// Each session has a server of its own, as the SDK's examples do it; `enable_toolset` adds a tool, a prompt and a
// resource to its session, `disable_toolset` takes them away.
function makeServer(state) {
    const server = new McpServer({ name: 'toolsets', version: '1.0.0' }, {
        capabilities: { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { listChanged: true } },
    });
    let added = [];
    server.registerPrompt('hello', {}, () => ({ messages: [] }));
    server.registerResource('readme', 'toolsets://readme', {}, (uri) => ({ contents: [{ uri: uri.href, text: 'for all' }] }));
    server.registerTool('enable_toolset', {}, () => {
        const secret = `secret ${++state.enabled}`;
        added = [
            server.registerTool('extra', { description: 'of one session' }, () => text(secret)),
            server.registerPrompt('extra', {}, () => ({ messages: [{ role: 'user', content: { type: 'text', text: secret } }] })),
            server.registerResource('extra', 'toolsets://extra', {}, (uri) => ({ contents: [{ uri: uri.href, text: secret }] })),
        ];
        return text('enabled');
    });
    server.registerTool('disable_toolset', {}, () => {
        for (const one of added) one.remove();
        added = [];
        return text('disabled');
    });
    return server;
}

async function toolsets(t) {
    const state = { enabled: 0, requests: [] };
    const sessions = new Map();
    const http = createServer(async (request, response) => {
        const id = request.headers['mcp-session-id'];
        let transport = sessions.get(id);
        if (id !== undefined && !transport) return response.writeHead(404).end('Session not found');
        if (!transport) {
            transport = new NodeStreamableHTTPServerTransport({
                sessionIdGenerator: randomUUID, onsessioninitialized: (made) => sessions.set(made, transport),
            });
            await makeServer(state).connect(transport);
        }
        await transport.handleRequest(request, response);
    });
    await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
    later(t, async () => {
        for (const transport of sessions.values()) await transport.close();
        http.closeAllConnections();
        await new Promise((resolve) => http.close(resolve));
    });
    return { url: `http://127.0.0.1:${http.address().port}/mcp`, state };
}

// A client and what it was told.
async function listener(t, vmcp, generation) {
    const told = { tools: 0, prompts: 0, resources: 0 };
    const client = await sdkClient(t, vmcp, {
        generation,
        setup: (one) => {
            for (const kind of Object.keys(told)) one.onNotification(`notifications/${kind}/list_changed`, () => { ++told[kind]; });
        },
    });
    const names = async () => ({
        tools: (await client.listTools()).tools.map((one) => one.name).sort(),
        prompts: (await client.listPrompts()).prompts.map((one) => one.name).sort(),
        resources: (await client.listResources()).resources.map((one) => one.uri).sort(),
    });
    return { client, told, names };
}

const forAll = {
    tools: ['b_disable_toolset', 'b_enable_toolset'], prompts: ['b_hello'], resources: ['toolsets://readme'],
};
const withExtra = {
    tools: ['b_disable_toolset', 'b_enable_toolset', 'b_extra'], prompts: ['b_extra', 'b_hello'],
    resources: ['toolsets://extra', 'toolsets://readme'],
};

for (const generation of ['SDK 1.32', 'SDK 2.4'])
    describe(generation, () => {
        test('a toolset that one client enables is that client\'s alone', async (t) => {
            const backend = await toolsets(t);
            const vmcp = await gateway(t, { b: backend.url });
            await vmcp.untilHealthy();
            const one = await listener(t, vmcp, generation);
            const two = await listener(t, vmcp, generation);
            assert.deepEqual(await one.names(), forAll);
            // The other client has a session at the backend, too.
            assert.equal(textOf(await two.client.call('b_disable_toolset', {})), 'disabled');
            assert.equal(textOf(await one.client.call('b_enable_toolset', {})), 'enabled');
            await until('the client is told', () => Object.values(one.told).every((times) => times > 0));
            assert.deepEqual(await one.names(), withExtra);
            assert.equal(textOf(await one.client.call('b_extra', {})), 'secret 1');
            assert.equal((await one.client.readResource({ uri: 'toolsets://extra' })).contents[0].text, 'secret 1');
            assert.equal((await one.client.getPrompt({ name: 'b_extra' })).messages[0].content.text, 'secret 1');

            assert.deepEqual(await two.names(), forAll);
            await assert.rejects(two.client.call('b_extra', {}), /Unknown tool/);
            await assert.rejects(two.client.getPrompt({ name: 'b_extra' }), /Unknown prompt/);
            assert.deepEqual(two.told, { tools: 0, prompts: 0, resources: 0 });

            // A second client that enables it has its own.
            assert.equal(textOf(await two.client.call('b_enable_toolset', {})), 'enabled');
            await until('the second client is told', () => Object.values(two.told).every((times) => times > 0));
            assert.deepEqual(await two.names(), withExtra);
            assert.equal(textOf(await two.client.call('b_extra', {})), 'secret 2');
            assert.equal(textOf(await one.client.call('b_extra', {})), 'secret 1');

            const before = { ...one.told };
            assert.equal(textOf(await one.client.call('b_disable_toolset', {})), 'disabled');
            await until('it is told again', () => Object.keys(before).every((kind) => one.told[kind] > before[kind]));
            assert.deepEqual(await one.names(), forAll);
            await assert.rejects(one.client.call('b_extra', {}), /Unknown tool/);
            assert.deepEqual(await two.names(), withExtra);
        });
    });
