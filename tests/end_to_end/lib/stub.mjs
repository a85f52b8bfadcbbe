// A scriptable MCP backend on bare HTTP. It answers what a plain legacy server would, from raw texts, until a test
// puts its own handler in place of a method; it keeps every request with its headers, body and TCP source port.
import http from 'node:http';
import https from 'node:https';
import { until } from './process.mjs';

// One request under way. Reply with exactly one of result(), error(), status(), or open a stream with sse().
class Exchange {
    constructor(stub, entry, response) {
        Object.assign(this, entry);
        this.stub = stub;
        this.response = response;
    }

    #envelope(member, raw) {
        return `{"jsonrpc":"2.0","id":${JSON.stringify(this.message.id)},"${member}":${raw}}`;
    }

    json(status, text, headers = {}) {
        this.response.writeHead(status, { 'content-type': 'application/json', ...headers });
        this.response.end(text);
    }

    // raw is JSON text, or a value that is turned into it.
    result(raw, headers) {
        this.json(200, this.#envelope('result', typeof raw === 'string' ? raw : JSON.stringify(raw)), headers);
    }

    error(raw, status = 200) {
        this.json(status, this.#envelope('error', typeof raw === 'string' ? raw : JSON.stringify(raw)));
    }

    status(code, body = '', headers = {}) {
        this.response.writeHead(code, headers);
        this.response.end(body);
    }

    // Starts an event stream. Returns {send(text, id?), result(raw, id?), end(), cut()}.
    sse({ headers = {}, first } = {}) {
        this.response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...headers });
        if (first) this.response.write(first);
        const send = (text, id) => // false when the peer reads more slowly than this writes
            this.response.write(`${id === undefined ? '' : `id: ${id}\n`}event: message\ndata: ${typeof text === 'string' ? text : JSON.stringify(text)}\n\n`);
        return {
            send,
            result: (raw, id) => {
                send(this.#envelope('result', typeof raw === 'string' ? raw : JSON.stringify(raw)), id);
                this.response.end();
            },
            end: () => this.response.end(),
            cut: () => this.response.destroy(),
        };
    }
}

const listOf = (name, texts) => `{"${name}":[${texts.join(',')}]}`;

export class Stub {
    constructor({ name = 'stub', version = '2025-11-25', tools = [], resources = [], templates = [], prompts = [], capabilities, instructions, tls, host } = {}) {
        const raw = (list) => list.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
        Object.assign(this, { name, version, instructions, tls, host });
        this.tools = raw(tools);
        this.resources = raw(resources);
        this.templates = raw(templates);
        this.prompts = raw(prompts);
        this.capabilities = capabilities ?? {
            tools: { listChanged: true }, resources: { subscribe: true, listChanged: true },
            prompts: { listChanged: true }, completions: {}, logging: {},
        };
        this.log = [];
        this.sessions = new Set();
        this.streams = new Map();
        this.handlers = new Map();
        this.withStream = true;
        this.oneAtATime = 0; // ms: every request takes so long, and the next one is not begun before
        this.turn = Promise.resolve();
        this.intercept = undefined; // (exchange) => true: has dealt with it, before any handler
        this.answers = new Map();
        this.nextSession = 1;
    }

    // Replaces the answer to a method ('tools/call', 'GET', 'DELETE', ...). The handler gets an Exchange.
    on(method, handler) {
        this.handlers.set(method, handler);
        return this;
    }

    // The requests of a method, oldest first.
    requests(method) {
        return this.log.filter((one) => one.kind === method);
    }

    // Sends a message on the GET stream of every session that has one, or of one session.
    push(message, session) {
        const targets = [...this.streams].filter(([id]) => session === undefined || id === session);
        for (const [, stream] of targets) stream.send(message);
        return targets.length;
    }

    // Forgets every session, as a restart does.
    forgetSessions() {
        for (const stream of this.streams.values()) stream.end();
        this.streams.clear();
        this.sessions.clear();
    }

    // Listens on `host`, a loopback address. A test that frees the port for a while takes an address of its own
    // (ownAddress), so that nobody else gets the port meanwhile.
    async listen(port = 0) {
        const host = this.host ?? '127.0.0.1';
        const receive = (request, response) => this.#receive(request, response);
        this.server = this.tls ? https.createServer({ keepAliveTimeout: 60000, ...this.tls }, receive)
            : http.createServer({ keepAliveTimeout: 60000 }, receive);
        this.sockets = new Set();
        this.server.on('connection', (socket) => {
            this.sockets.add(socket);
            socket.once('close', () => this.sockets.delete(socket));
        });
        await new Promise((resolve, reject) => this.server.once('error', reject).listen({ port, host, backlog: this.backlog }, resolve));
        this.port = this.server.address().port;
        this.url = `${this.tls ? 'https' : 'http'}://${this.tls && host === '127.0.0.1' ? 'localhost' : host}:${this.port}/mcp`;
        return this;
    }

    // Cuts every connection and frees the port; listen(port) starts again.
    async close() {
        const closed = new Promise((resolve) => this.server.close(resolve));
        this.server.closeAllConnections();
        await closed;
        this.streams.clear();
    }

    async restart({ down = 0, keepSessions = false } = {}) {
        await this.close();
        if (!keepSessions) this.sessions.clear();
        await new Promise((resolve) => setTimeout(resolve, down));
        await this.listen(this.port);
    }

    async #receive(request, response) {
        let body = '';
        request.setEncoding('utf8');
        for await (const chunk of request) body += chunk;
        const message = body === '' ? undefined : JSON.parse(body);
        const kind = request.method === 'POST' ? (message.method ?? 'response') : request.method;
        const entry = {
            kind, httpMethod: request.method, path: request.url, headers: request.headers, body, message,
            port: request.socket.remotePort, at: Date.now(),
        };
        this.log.push(entry);
        const exchange = new Exchange(this, entry, response);
        if (this.oneAtATime > 0) await (this.turn = this.turn.then(() => new Promise((done) => setTimeout(done, this.oneAtATime))));
        try {
            if (this.intercept?.(exchange)) return;
            await (this.handlers.get(kind) ?? this.#plain).call(this, exchange);
        } catch (error) {
            if (!response.headersSent) exchange.status(500, String(error));
            else response.destroy();
        }
    }

    // What a plain server does.
    #plain(exchange) {
        const { kind, message, headers } = exchange;
        if (kind === 'initialize') return this.initialize(exchange);
        if (!this.sessions.has(headers['mcp-session-id']))
            return exchange.json(404, '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"}}');
        if (kind === 'GET') return this.openStream(exchange);
        if (kind === 'DELETE') {
            this.sessions.delete(headers['mcp-session-id']);
            return exchange.status(200);
        }
        if (kind === 'response') this.answers.set(message.id, message);
        if (message.id === undefined || kind === 'response') return exchange.status(202);
        const lists = {
            'tools/list': listOf('tools', this.tools), 'resources/list': listOf('resources', this.resources),
            'resources/templates/list': listOf('resourceTemplates', this.templates),
            'prompts/list': listOf('prompts', this.prompts), ping: '{}', 'logging/setLevel': '{}',
            'resources/subscribe': '{}', 'resources/unsubscribe': '{}',
            'tools/call': JSON.stringify({ content: [{ type: 'text', text: `${this.name}:${message.params?.name}` }] }),
        };
        if (lists[kind] !== undefined) return exchange.result(lists[kind]);
        return exchange.error({ code: -32601, message: `Method not found: ${kind}` });
    }

    initialize(exchange) {
        const id = `${this.name}-session-${this.nextSession++}`;
        this.sessions.add(id);
        const { protocolVersion } = exchange.message.params;
        exchange.result({
            protocolVersion: protocolVersion < this.version ? protocolVersion : this.version, capabilities: this.capabilities,
            serverInfo: { name: this.name, version: '1.0.0' }, ...(this.instructions ? { instructions: this.instructions } : {}),
        }, { 'mcp-session-id': id });
    }

    openStream(exchange) {
        if (!this.withStream) return exchange.status(405);
        const stream = exchange.sse({ first: ':\n\n' });
        const id = exchange.headers['mcp-session-id'];
        this.streams.set(id, stream);
        exchange.response.on('close', () => this.streams.get(id) === stream && this.streams.delete(id));
        return undefined;
    }

    // The client's reply to a server request that the stub sent with this id.
    answerTo(id, ms) {
        return until(`the answer to ${JSON.stringify(id)}`, () => this.answers.get(id), ms);
    }
}

let addresses = 0;

// A loopback address that no other test uses at the same time.
export function ownAddress() {
    addresses += 1;
    return `127.${10 + (process.pid % 240)}.${addresses >> 7}.${1 + (addresses & 127)}`;
}

export const startStub = (options, port) => new Stub(options).listen(port);
