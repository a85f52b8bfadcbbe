// What a backend wrote is what the client reads, byte for byte, except for names, ids and cursors, which vmcp owns. A
// property test over generated JSON texts; VMCP_SEED repeats a run.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RawClient } from './lib/raw_client.mjs';
import { elements, slice } from './lib/raw_json.mjs';
import { startStub } from './lib/stub.mjs';
import { configFor, startVmcp, unprefixed } from './lib/vmcp.mjs';

const seed = Number(process.env.VMCP_SEED ?? Date.now() % 1000000);
const rounds = 60;

// Random JSON texts with every spelling that a proxy could be tempted to tidy up.
class Writer {
    #state;
    halves = true; // of surrogate pairs, in strings

    constructor(start) {
        this.#state = start >>> 0;
    }

    next() {
        this.#state = (this.#state + 0x6d2b79f5) | 0;
        let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }

    pick(list) {
        return list[Math.floor(this.next() * list.length)];
    }

    space() {
        return this.next() < 0.7 ? '' : this.pick([' ', '  ', '\n', '\t', '\r\n', ' \n\t ']);
    }

    number() {
        return this.pick(['0', '-0', '1e2', '1E+2', '10000000000000000000000', '1.0', '-1.50', '0.1e-7', '9007199254740993',
            '123456789012345678901234567890', '1e400', '-2.2250738585072011e-308', '3.141592653589793238462643383279']);
    }

    string() {
        const piece = () => this.pick(['plain', '\\u0041', '\\/', '/', '\\ud83d\\ude00', '😀', 'ключ', '\\u00e9', 'é', '\\"', '\\\\', '\\b\\f\\n\\r\\t',
            '\u2028', '\u007f', '\\u0000', this.halves ? '\\ud800' : '\\ufffd', ' ', '</script>', 'name', '"id'.replace('"', '\\"')]);
        return `"${Array.from({ length: Math.floor(this.next() * 4) }, piece).join('')}"`;
    }

    value(depth) {
        const roll = this.next();
        if (depth <= 0 || roll < 0.35) return this.pick([this.number(), this.string(), 'true', 'false', 'null', '{}', '[]', '[ ]', '{\n}']);
        const count = Math.floor(this.next() * 4);
        const items = Array.from({ length: count }, (_, index) => roll < 0.65
            ? this.value(depth - 1)
            : `${this.key(index)}${this.space()}:${this.space()}${this.value(depth - 1)}`);
        const body = items.join(`${this.space()},${this.space()}`);
        return roll < 0.65 ? `[${this.space()}${body}${this.space()}]` : `{${this.space()}${body}${this.space()}}`;
    }

    // Keys that are unlike each other in one object, some with escapes and some that look like the protocol's own.
    key(index) {
        const text = this.pick(['x', '\\u006eame', 'id', 'jsonrpc', '_meta', 'ключ', 'a b', '', 'nextCursor', 'resultType']);
        return `"${text}${index}"`;
    }

    // `{...}` with the given members somewhere between unknown ones.
    object(members, depth = 4) {
        const unknown = Array.from({ length: 1 + Math.floor(this.next() * 3) }, (_, index) =>
            `${this.key(index)}${this.space()}:${this.space()}${this.value(depth)}`);
        const known = members.map(([name, text]) => `${JSON.stringify(name)}${this.space()}:${this.space()}${text}`);
        const all = [...unknown, ...known].map((text) => [this.next(), text]).sort((a, b) => a[0] - b[0]).map(([, text]) => text);
        return `{${this.space()}${all.join(`${this.space()},${this.space()}`)}${this.space()}}`;
    }

    deep(levels) {
        return '[{"d":'.repeat(levels) + this.number() + '}]'.repeat(levels);
    }
}

const writer = new Writer(seed);
let backend;
let prefixing;
let plain;
let clients;

const tool = (name) => writer.object([['name', `"${name}"`], ['description', writer.string()], ['inputSchema', writer.object([['type', '"object"']])]]);
const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));

before(async () => {
    writer.halves = false; // entries of lists with such are what clients choke on: mended or hidden (malformed.test.mjs)
    backend = await startStub({
        tools: [...many(40, (index) => tool(`tool_${index}`)), '{"name":"deep","inputSchema":{"type":"object"},"x":' + writer.deep(20) + '}'],
        prompts: many(10, (index) => writer.object([['name', `"prompt_${index}"`], ['arguments', `[${writer.object([['name', '"a"']])}]`]])),
        resources: many(10, (index) => writer.object([['uri', `"stub://r/${index}"`], ['name', writer.string()]])),
        templates: many(5, (index) => writer.object([['uriTemplate', `"stub://t${index}/{id}"`], ['name', writer.string()]])),
    });
    writer.halves = true;
    prefixing = await startVmcp(configFor([{ name: 'stub', url: backend.url }]));
    plain = await startVmcp(configFor([{ name: 'stub', url: backend.url }], { aggregation: unprefixed('stub') }));
    clients = { prefixing: new RawClient(prefixing.url), plain: new RawClient(plain.url) };
    for (const client of Object.values(clients)) await client.initialize({ capabilities: { roots: {}, sampling: {}, elicitation: {} } });
});

after(async () => {
    await prefixing?.stop();
    await plain?.stop();
    await backend?.close();
});

// A failure names the seed.
function property(title, body) {
    test(`${title} (seed ${seed})`, body);
}

property('list entries are the backend\'s bytes', async () => {
    for (const [method, member, texts] of [['tools/list', 'tools', backend.tools], ['prompts/list', 'prompts', backend.prompts],
        ['resources/list', 'resources', backend.resources], ['resources/templates/list', 'resourceTemplates', backend.templates]]) {
        const { text } = await clients.plain.request(method);
        assert.deepEqual(elements(slice(text, 'result', member)), texts, method);
    }
});

property('a prefix changes the name of an entry and no other byte', async () => {
    for (const [method, member, texts] of [['tools/list', 'tools', backend.tools], ['prompts/list', 'prompts', backend.prompts]]) {
        const { text } = await clients.prefixing.request(method);
        const renamed = texts.map((one) => {
            const name = slice(one, 'name');
            // The member's own place: the generated unknown members never hold this very text as a value of "name".
            return one.replace(new RegExp(`("name"\\s*:\\s*)${name}`), `$1"stub_${name.slice(1)}`);
        });
        assert.deepEqual(elements(slice(text, 'result', member)), renamed, method);
    }
});

property('results of calls, prompts, resources and completions', async () => {
    let raw;
    for (const method of ['tools/call', 'prompts/get', 'resources/read', 'completion/complete']) backend.on(method, (exchange) => exchange.result(raw));
    for (let round = 0; round < rounds; ++round) {
        const items = `[${writer.object([['type', '"text"'], ['text', writer.string()]])}]`;
        raw = writer.object([['content', items], ['isError', writer.pick(['true', 'false'])], ['structuredContent', writer.object([])]]);
        assert.equal(slice((await clients.prefixing.request('tools/call', { name: 'stub_tool_1' })).text, 'result'), raw);
        raw = writer.object([['messages', '[]']]);
        assert.equal(slice((await clients.prefixing.request('prompts/get', { name: 'stub_prompt_1' })).text, 'result'), raw);
        raw = writer.object([['contents', `[${writer.object([['uri', '"stub://r/1"'], ['text', writer.string()]])}]`]]);
        assert.equal(slice((await clients.prefixing.request('resources/read', { uri: 'stub://r/1' })).text, 'result'), raw);
        raw = writer.object([['completion', writer.object([['values', '[]']])]]);
        const completed = await clients.prefixing.request('completion/complete', {
            ref: { type: 'ref/prompt', name: 'stub_prompt_1' }, argument: { name: 'a', value: '' },
        });
        assert.equal(slice(completed.text, 'result'), raw);
    }
});

property('errors keep code, message and data', async () => {
    let raw;
    backend.on('tools/call', (exchange) => exchange.error(raw));
    for (let round = 0; round < rounds; ++round) {
        const code = writer.pick([-32602, -32603, -32002, -32042, -32000, -1, 0, 42, -32099]);
        const data = code === -32042 ? '{"elicitations":[{"mode":"url","elicitationId":"e","url":"https://example.com/","message":"m"}]}' : writer.value(5);
        raw = `{"code":${code},"message":${writer.string()},"data":${data}}`;
        const { status, text } = await clients.plain.request('tools/call', { name: 'tool_1' });
        assert.equal(status, 200);
        assert.equal(slice(text, 'error'), raw);
    }
});

property('notifications of a call, and its result on a stream', async () => {
    for (let round = 0; round < rounds; ++round) {
        const log = writer.object([['level', '"error"'], ['data', writer.value(5)]]);
        const other = writer.object([]);
        const raw = writer.object([['content', '[]']]).replaceAll(/[\r\n]/g, ' ');
        let progress;
        backend.on('tools/call', (exchange) => {
            const stream = exchange.sse();
            const token = slice(exchange.body, 'params', '_meta', 'progressToken');
            progress = writer.object([['progress', '1e0'], ['total', '100.0'], ['message', writer.string()]]).replaceAll(/[\r\n]/g, ' ');
            stream.send(`{"jsonrpc":"2.0","method":"notifications/message","params":${log.replaceAll(/[\r\n]/g, ' ')}}`);
            stream.send(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${token},${progress.slice(1)}}`);
            stream.send(`{"jsonrpc":"2.0","method":"notifications/vendor/own","params":${other.replaceAll(/[\r\n]/g, ' ')}}`);
            stream.result(raw);
        });
        const token = writer.pick(['"progress-1"', '0', '77', '"\\u0041"']);
        const { text, notes } = await clients.plain.request('tools/call', undefined, {
            rawParams: `{"name":"tool_1","_meta":{"progressToken":${token}}}`,
        });
        assert.equal(slice(text, 'result'), raw);
        const params = (method) => slice(notes.find((note) => slice(note, 'method') === `"${method}"`) ?? '{}', 'params');
        assert.equal(params('notifications/message'), log.replaceAll(/[\r\n]/g, ' '));
        assert.equal(params('notifications/progress'), `{"progressToken":${token},${progress.slice(1)}`);
        assert.equal(params('notifications/vendor/own'), other.replaceAll(/[\r\n]/g, ' '));
    }
});

property('what the client wrote is what the backend reads', async () => {
    backend.on('tools/call', (exchange) => exchange.result('{"content":[]}'));
    for (let round = 0; round < rounds; ++round) {
        const given = writer.object([['n', writer.number()]]);
        const meta = writer.object([['vendor/key', writer.value(3)]]);
        const extra = writer.value(3);
        await clients.prefixing.request('tools/call', undefined, {
            rawParams: `{"x":${extra},"arguments":${given},"name":"stub_tool_2","_meta":${meta}}`,
        });
        const { body } = backend.requests('tools/call').at(-1);
        assert.equal(slice(body, 'params', 'arguments'), given);
        assert.equal(slice(body, 'params', 'name'), '"tool_2"');
        assert.equal(slice(body, 'params', 'x'), extra);
        assert.equal(slice(body, 'params', '_meta', 'vendor/key'), slice(meta, 'vendor/key'));
    }
});

property('questions of a backend and the answers to them', async () => {
    for (let round = 0; round < 20; ++round) {
        const id = writer.pick(['0', '"0"', '"q"', '12345678901234567890']);
        const question = writer.object([['messages', '[]'], ['maxTokens', '1e2']]).replaceAll(/[\r\n]/g, ' ');
        const answer = writer.object([['role', '"assistant"'], ['model', '"m"'], ['content', '{"type":"text","text":"t"}']]);
        let reply;
        backend.on('response', (exchange) => {
            reply = exchange.body;
            exchange.status(202);
        });
        backend.on('tools/call', async (exchange) => {
            const stream = exchange.sse();
            stream.send(`{"jsonrpc":"2.0","id":${id},"method":"sampling/createMessage","params":${question}}`);
            while (reply === undefined) await new Promise((resolve) => setTimeout(resolve, 2));
            stream.result('{"content":[]}');
        });
        const client = clients.plain;
        let asked;
        await client.request('tools/call', { name: 'tool_1' }, {
            async onRequest(_, text) {
                asked = text;
                const response = await client.post(`{"jsonrpc":"2.0","id":${slice(text, 'id')},"result":${answer}}`);
                assert.equal(response.status, 202);
                return undefined;
            },
        }).catch((error) => {
            throw new Error(`${error.message}; asked ${asked}`);
        });
        assert.equal(slice(asked, 'params'), question);
        assert.equal(slice(reply, 'id'), id);
        assert.equal(slice(reply, 'result'), answer);
    }
});
