// A complete MCP server for tests, legacy Streamable HTTP with sessions (2025-03-26 to 2025-11-25), built on
// @modelcontextprotocol/server. Run it (`node fixture.mjs [--port N] [--extras] [--sse]`, prints its URL) or import startFixture,
// or serve one session over another transport: serveOver.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { NodeStreamableHTTPServerTransport, localhostHostValidation, localhostOriginValidation } from '@modelcontextprotocol/node';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import { askingPrompts, askingTools } from './fixture_asks.mjs';
import * as catalog from './fixture_catalog.mjs';
import { extraTools } from './fixture_extras.mjs';

const protocolVersions = ['2025-11-25', '2025-06-18', '2025-03-26'];

// Keeps the events of one session, so that a client can take up a broken stream where it left it.
class EventLog {
    #events = [];

    async storeEvent(streamId, message) {
        this.#events.push({ streamId, message });
        return `${streamId}/${this.#events.length}`;
    }

    async getStreamIdForEventId(eventId) {
        return this.#events[this.#position(eventId) - 1]?.streamId;
    }

    async replayEventsAfter(lastEventId, { send }) {
        const position = this.#position(lastEventId);
        const streamId = this.#events[position - 1]?.streamId ?? '';
        for (let index = position; index < this.#events.length; ++index) {
            const { streamId: owner, message } = this.#events[index];
            if (owner === streamId && Object.keys(message).length > 0) await send(`${owner}/${index + 1}`, message);
        }
        return streamId;
    }

    #position(eventId) {
        return Number(eventId.slice(eventId.lastIndexOf('/') + 1));
    }
}

// One MCP server of one session. `state` is what all sessions of a fixture share.
function makeServer(state) {
    const server = new Server({ name: state.name, version: '1.0.0' }, {
        supportedProtocolVersions: protocolVersions,
        instructions: `Instructions of ${state.name}`,
        capabilities: {
            tools: { listChanged: true }, prompts: { listChanged: true }, completions: {}, logging: {},
            resources: { subscribe: true, listChanged: true },
        },
    });
    const session = { server, subscriptions: new Set() };
    const invalid = (message) => new ProtocolError(ProtocolErrorCode.InvalidParams, message);

    server.setRequestHandler('tools/list', () => ({ tools: state.tools.map(({ call, ...definition }) => definition) }));
    server.setRequestHandler('tools/call', async (request, context) => {
        const tool = state.tools.find((one) => one.name === request.params.name);
        if (!tool) throw invalid(`Unknown tool: ${request.params.name}`);
        state.calls.push({ tool: tool.name, session: context.sessionId });
        return tool.call(request.params.arguments ?? {}, context, state, session);
    });
    server.setRequestHandler('resources/list', () => ({ resources: catalog.resources }));
    server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: catalog.resourceTemplates }));
    server.setRequestHandler('resources/read', (request) => {
        const contents = catalog.readResource(request.params.uri, state.watchedVersion);
        if (!contents)
            throw new ProtocolError(-32002, `Resource not found: ${request.params.uri}`, { uri: request.params.uri });
        return { contents };
    });
    server.setRequestHandler('resources/subscribe', (request) => {
        session.subscriptions.add(request.params.uri);
        return {};
    });
    server.setRequestHandler('resources/unsubscribe', (request) => {
        session.subscriptions.delete(request.params.uri);
        return {};
    });
    server.setRequestHandler('prompts/list', () => ({ prompts: state.prompts.map(({ get, ...definition }) => definition) }));
    server.setRequestHandler('prompts/get', (request, context) => {
        const prompt = state.prompts.find((one) => one.name === request.params.name);
        if (!prompt) throw invalid(`Unknown prompt: ${request.params.name}`);
        const given = request.params.arguments ?? {};
        const missing = (prompt.arguments ?? []).find((one) => one.required && given[one.name] === undefined);
        if (missing) throw invalid(`Missing argument ${missing.name} of prompt ${prompt.name}`);
        return prompt.get(given, context);
    });
    server.setRequestHandler('completion/complete', (request) => catalog.complete(request.params.ref, request.params.argument));
    server.setNotificationHandler('notifications/roots/list_changed', () => {
        state.rootsChanged += 1;
    });
    return session;
}

// One session over `transport`, of a server with these options (as of startFixture).
export async function serveOver(transport, options) {
    const state = makeState(options);
    const session = makeServer(state);
    state.sessions.set('one', { ...session, transport });
    await session.server.connect(transport);
    return state;
}

function refuse(response, status, message) {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32000, message } }));
}

async function openSession(state) {
    const session = makeServer(state);
    const transport = new NodeStreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        eventStore: new EventLog(),
        retryInterval: 500,
        onsessioninitialized: (id) => state.sessions.set(id, { ...session, transport }),
        onsessionclosed: (id) => {
            state.sessions.delete(id);
            state.deletedSessions.push(id);
        },
    });
    await session.server.connect(transport);
    return transport;
}

// HTTP+SSE, the transport of 2024-11-05: a stream at /sse, and where it says to POST.
async function handleSse(state, request, response) {
    const url = new URL(request.url, 'http://localhost');
    if (request.method === 'GET' && url.pathname === '/sse') {
        const session = makeServer(state);
        const transport = new SSEServerTransport('/messages', response);
        state.sessions.set(transport.sessionId, { ...session, transport });
        state.streams += 1;
        response.on('close', () => {
            state.sessions.delete(transport.sessionId);
            state.deletedSessions.push(transport.sessionId);
        });
        return session.server.connect(transport);
    }
    if (request.method !== 'POST' || url.pathname !== '/messages') return refuse(response, 405, 'The stream is at /sse');
    const session = state.sessions.get(url.searchParams.get('sessionId'));
    if (!session) return refuse(response, 404, 'Session not found');
    return session.transport.handlePostMessage(request, response);
}

async function handle(state, request, response) {
    if (localhostHostValidation()(request, response) === false) return;
    if (localhostOriginValidation()(request, response) === false) return;
    if (state.sse) return handleSse(state, request, response);
    if (new URL(request.url, 'http://localhost').pathname !== '/mcp') return refuse(response, 404, 'The endpoint is /mcp');
    const id = request.headers['mcp-session-id'];
    if (id !== undefined) {
        const session = state.sessions.get(id);
        if (!session) return refuse(response, 404, 'Session not found');
        return session.transport.handleRequest(request, response);
    }
    // Without a session id only initialize is allowed; the transport itself refuses everything else.
    await (await openSession(state)).handleRequest(request, response);
}

function makeState({ name = 'fixture', extras = false, asking = false, sse = false, more = [] }) {
    return {
        name, sse, tools: [...catalog.tools, ...(extras ? extraTools : []), ...(asking ? askingTools : []), ...more],
        prompts: [...catalog.prompts, ...(asking ? askingPrompts : [])], sessions: new Map(), deletedSessions: [],
        calls: [], cancelled: [], watchedVersion: 1, rootsChanged: 0, streams: 0,
    };
}

// Starts a fixture on 127.0.0.1. options: port (0 = any), name, extras (tools of fixture_extras.mjs), asking (tools of
// fixture_asks.mjs), more (other tools), sse (over HTTP+SSE).
// Returns {url, port, state, close()}; close() ends every session and connection.
export async function startFixture({ port = 0, ...options } = {}) {
    const state = makeState(options);
    const http = createServer((request, response) => {
        handle(state, request, response).catch((error) => {
            if (!response.headersSent) refuse(response, 500, String(error));
            else response.destroy();
        });
    });
    await new Promise((resolve, reject) => http.once('error', reject).listen(port, '127.0.0.1', resolve));
    const actual = http.address().port;
    return {
        url: `http://127.0.0.1:${actual}/${state.sse ? 'sse' : 'mcp'}`, port: actual, state,
        async close() {
            for (const session of state.sessions.values()) await session.transport.close();
            http.closeAllConnections();
            await new Promise((resolve) => http.close(resolve));
        },
    };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    const { values } = parseArgs({
        options: {
            port: { type: 'string', default: '0' }, name: { type: 'string' }, extras: { type: 'boolean' },
            sse: { type: 'boolean' },
        },
    });
    const fixture = await startFixture({ ...values, port: Number(values.port) });
    console.log(fixture.url);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => fixture.close().then(() => process.exit(0)));
}
