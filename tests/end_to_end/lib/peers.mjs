// Real MCP peers from npm: both generations of the official SDK client, and the official everything server.
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as types from '@modelcontextprotocol/sdk/types.js';
import { Program, until } from './process.mjs';

const info = (name) => ({ name, version: '1.0.0' });
const everything = { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } };

// The two clients with one shape: onRequest/onNotification take a spec method, everything else is the SDK's own.
const schemaOf = {
    'sampling/createMessage': types.CreateMessageRequestSchema, 'elicitation/create': types.ElicitRequestSchema,
    'roots/list': types.ListRootsRequestSchema, 'notifications/message': types.LoggingMessageNotificationSchema,
    'notifications/tools/list_changed': types.ToolListChangedNotificationSchema,
    'notifications/prompts/list_changed': types.PromptListChangedNotificationSchema,
    'notifications/resources/list_changed': types.ResourceListChangedNotificationSchema,
    'notifications/resources/updated': types.ResourceUpdatedNotificationSchema,
    'notifications/elicitation/complete': types.ElicitationCompleteNotificationSchema,
};

export const generations = {
    'SDK 1.32': {
        // `Transport`: another than Streamable HTTP.
        async connect(url, { name = 'client-one', capabilities = everything, setup, Transport = Transport1 } = {}) {
            const client = new Client1(info(name), { capabilities });
            client.onRequest = (method, handler) => client.setRequestHandler(schemaOf[method], handler);
            client.onNotification = (method, handler) => client.setNotificationHandler(schemaOf[method], handler);
            client.call = (tool, given, options) => client.callTool({ name: tool, arguments: given }, undefined, options);
            setup?.(client);
            const transport = new Transport(new URL(url));
            await client.connect(transport);
            client.session = transport;
            return client;
        },
    },
    'SDK 2.4': {
        async connect(url, { name = 'client-two', capabilities = everything, setup } = {}) {
            const client = new Client2(info(name), { capabilities });
            client.onRequest = (method, handler) => client.setRequestHandler(method, handler);
            client.onNotification = (method, handler) => client.setNotificationHandler(method, handler);
            client.call = (tool, given, options) => client.callTool({ name: tool, arguments: given }, options);
            setup?.(client);
            const transport = new Transport2(new URL(url));
            await client.connect(transport);
            client.session = transport;
            return client;
        },
    },
};

// Over HTTP+SSE, the transport of 2024-11-05. `url` is that of the stream.
export const connectBySse = (url, options) =>
    generations['SDK 1.32'].connect(url, { ...options, Transport: SSEClientTransport });

export const connect = (url, options) => generations['SDK 2.4'].connect(url, options);

// The one text of a tool result.
export const textOf = (result) => result.content[0].text;

export async function freePort() {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

// Starts @modelcontextprotocol/server-everything over Streamable HTTP. Returns {url, stop()}.
export async function startEverything() {
    const script = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
    const port = await freePort();
    const program = new Program(process.execPath, [script, 'streamableHttp'], { env: { PORT: String(port) } });
    const url = `http://127.0.0.1:${port}/mcp`;
    await until('server-everything answers', async () => {
        if (!program.alive) throw new Error(program.output);
        return (await fetch(url, { signal: AbortSignal.timeout(1000) })).status > 0;
    });
    return { url, program, stop: () => program.stop('SIGTERM', 5000).catch(() => program.child.kill('SIGKILL')) };
}
