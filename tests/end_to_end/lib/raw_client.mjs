// An MCP client on bare HTTP: sees status codes, headers, event ids and the exact bytes of every message.
import http from 'node:http';
import net from 'node:net';
import { until, within } from './process.mjs';

// Splits an event stream into events {event, id, retry, data, comment}, whatever its fragmentation.
export class EventReader {
    #rest = '';
    #lines = [];

    push(chunk) {
        this.#rest += chunk;
        const events = [];
        let end;
        while ((end = this.#rest.indexOf('\n')) >= 0) {
            const line = this.#rest.slice(0, end).replace(/\r$/, '');
            this.#rest = this.#rest.slice(end + 1);
            if (line !== '') this.#lines.push(line);
            else if (this.#lines.length > 0) {
                events.push(toEvent(this.#lines));
                this.#lines = [];
            }
        }
        return events;
    }
}

function toEvent(lines) {
    const event = {};
    for (const line of lines) {
        const colon = line.indexOf(':');
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (name === '') event.comment = value;
        else if (name === 'data') event.data = event.data === undefined ? value : `${event.data}\n${value}`;
        else event[name] = value;
    }
    return event;
}

// Sends one HTTP request. Returns {status, headers, events, body(), destroy(), response}: resolves at the headers;
// events fills while an event stream runs; body() resolves to the whole text at the end.
export function send(url, { method = 'POST', headers = {}, body, agent, ms = 15000 } = {}) {
    const request = http.request(url, { method, agent: agent ?? false });
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) request.setHeader(name, value);
    const answered = new Promise((resolve, reject) => {
        request.once('error', reject);
        request.once('response', (response) => {
            const reader = new EventReader();
            const events = [];
            const stream = response.headers['content-type']?.startsWith('text/event-stream') ?? false;
            let text = '';
            response.setEncoding('utf8');
            response.on('data', (data) => {
                text += data;
                if (stream) events.push(...reader.push(data));
            });
            const ended = new Promise((resolveEnd, rejectEnd) => {
                response.once('end', () => resolveEnd(text));
                response.once('error', rejectEnd);
                response.once('aborted', () => rejectEnd(new Error('the response was cut off')));
            });
            ended.catch(() => {});
            resolve({
                status: response.statusCode, headers: response.headers, events, stream, response,
                body: (limit = ms) => within(limit, `${method} ${url} ends`, ended),
                destroy: () => request.destroy(),
            });
        });
    });
    if (body !== undefined) request.end(body);
    else request.end();
    return within(ms, `${method} ${url} answers`, answered);
}

// Writes bytes to a socket and returns everything that comes back until the peer closes or `ms` passed in silence.
export function exchangeBytes(port, bytes, { ms = 2000 } = {}) {
    return new Promise((resolve, reject) => {
        const socket = net.connect(port, '127.0.0.1');
        let text = '';
        socket.setTimeout(ms, () => socket.destroy());
        socket.on('connect', () => socket.write(bytes));
        socket.on('data', (data) => (text += data.toString('latin1')));
        socket.on('error', (error) => (text === '' ? reject(error) : undefined));
        socket.on('close', () => resolve(text));
    });
}

export class RawClient {
    // headers: of every request, an Authorization for example.
    constructor(url, { version = '2025-11-25', agent, headers = {} } = {}) {
        this.url = url;
        this.always = headers;
        this.version = version;
        this.agent = agent;
        this.nextId = 1;
    }

    headers(more = {}) {
        return {
            'content-type': 'application/json', accept: 'application/json, text/event-stream',
            'mcp-session-id': this.session, 'mcp-protocol-version': this.session && this.version, ...this.always, ...more,
        };
    }

    post(body, { headers, ms } = {}) {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        return send(this.url, { headers: this.headers(headers), body: text, agent: this.agent, ms });
    }

    // Runs the handshake. Returns the InitializeResult.
    async initialize({ capabilities = {}, name = 'raw-client' } = {}) {
        const answer = await this.post({
            jsonrpc: '2.0', id: 'init', method: 'initialize',
            params: { protocolVersion: this.version, capabilities, clientInfo: { name, version: '1' } },
        });
        const text = await answer.body();
        if (answer.status !== 200) throw new Error(`initialize: HTTP ${answer.status} ${text}`);
        this.session = answer.headers['mcp-session-id'];
        const message = answer.stream ? JSON.parse(answer.events.find((one) => one.data).data) : JSON.parse(text);
        this.version = message.result.protocolVersion;
        const done = await this.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
        await done.body();
        if (done.status !== 202) throw new Error(`initialized: HTTP ${done.status}`);
        return message.result;
    }

    // Sends a request and waits for its reply. Returns {status, headers, text, message, notes}: text is the reply as
    // it was written, notes are the texts of the messages before it. onRequest(message, text) answers server requests; when
    // it returns nothing, it has answered by itself.
    async request(method, params, { id = this.nextId++, onRequest, ms = 15000, headers, rawParams } = {}) {
        const body = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)}` +
            (rawParams !== undefined ? `,"params":${rawParams}` : params !== undefined ? `,"params":${JSON.stringify(params)}` : '') + '}';
        const answer = await this.post(body, { headers, ms });
        if (!answer.stream) {
            const text = await answer.body(ms);
            const message = text === '' ? undefined : JSON.parse(text);
            return { status: answer.status, headers: answer.headers, text, message, notes: [] };
        }
        return { status: answer.status, headers: answer.headers, ...(await this.#follow(answer, method, id, onRequest, ms)) };
    }

    // Reads a stream up to the reply to `id`; takes it up again where it ended, as the server's retry field asks.
    async #follow(answer, method, id, onRequest, ms) {
        const notes = [];
        const all = [];
        let stream = answer;
        let seen = 0;
        let over = false;
        const watch = (one) => one.body(ms).then(() => (over = true), () => (over = true));
        watch(stream);
        const reply = await until(`the reply to ${method}`, async () => {
            const ended = over;
            while (seen < stream.events.length) {
                const event = stream.events[seen++];
                all.push(event);
                if (!event.data) continue;
                const message = JSON.parse(event.data);
                if (message.method === undefined && message.id === id) return { text: event.data, message };
                notes.push(event.data);
                if (message.id === undefined || !onRequest) continue;
                const result = await onRequest(message, event.data);
                if (result !== undefined) await this.answer(message.id, result);
            }
            const lastEventId = all.findLast((one) => one.id !== undefined)?.id;
            if (!ended || lastEventId === undefined) return undefined;
            await new Promise((resolve) => setTimeout(resolve, Number(all.findLast((one) => one.retry !== undefined)?.retry ?? 100)));
            stream = await this.openStream({ lastEventId });
            [seen, over] = [0, false];
            watch(stream);
            return undefined;
        }, ms);
        stream.destroy();
        return { ...reply, notes, events: all };
    }

    // Answers a server request with a result.
    async answer(id, result) {
        const response = await this.post({ jsonrpc: '2.0', id, result });
        await response.body();
        return response.status;
    }

    async notify(method, params) {
        const response = await this.post({ jsonrpc: '2.0', method, params });
        await response.body();
        return response.status;
    }

    // Opens the GET stream; events arrive in .events of the result.
    openStream({ lastEventId } = {}) {
        return send(this.url, {
            method: 'GET', agent: this.agent,
            headers: {
                accept: 'text/event-stream', 'mcp-session-id': this.session, 'mcp-protocol-version': this.version,
                'last-event-id': lastEventId, ...this.always,
            },
        });
    }

    async close() {
        const response = await send(this.url, { method: 'DELETE', headers: this.headers({ 'content-type': undefined }) });
        await response.body();
        return response.status;
    }
}
