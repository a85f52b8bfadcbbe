// An MCP server on standard input and output that does what programs do to those who start them: starts slowly, dies, hangs,
// writes what is no message, does not read, leaves children behind. Without an SDK, so that every byte is its own.
//   node stdio_server.mjs [--start-delay MS] [--name NAME] [--says TEXT]
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const option = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : process.argv[at + 1];
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const send = (message) => writeAll(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
function writeAll(text) {
    let rest = Buffer.from(text);
    while (rest.length > 0)
        try {
            rest = rest.subarray(writeSync(1, rest));
        } catch (error) {
            if (error.code !== 'EAGAIN') throw error;
        }
}

let initialized = 0;
let client = {};
let cancelled = 0;
let level = 'none';
let next = 1;
const asked = new Map();
const ask = (method, params) => {
    const id = `q${next++}`;
    return new Promise((resolve) => {
        asked.set(id, resolve);
        send({ id, method, params });
    });
};
const text = (value) => ({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] });
const sleeper = (detached = false) => spawn('sleep', ['1000'], { stdio: 'ignore', detached }).pid;
const subscribed = new Set();

const tools = {
    echo: ({ text: given }) => text(given),
    pid: () => text(String(process.pid)),
    env: ({ name }) => text(process.env[name] ?? '(unset)'),
    state: () => text({ initialized, client, cancelled, level, subscribed: [...subscribed] }),
    sleep: async ({ ms }) => (await pause(ms), text('slept')),
    progress: async ({ steps, ms }, token) => {
        for (let i = 1; i <= steps; ++i) {
            send({ method: 'notifications/progress', params: { progressToken: token, progress: i, total: steps } });
            await pause(ms);
        }
        return text('done');
    },
    logs: ({ count }) => {
        for (let i = 0; i < count; ++i) send({ method: 'notifications/message', params: { level: 'info', data: `line ${i}` } });
        return text('logged');
    },
    elicit: async () => text(await ask('elicitation/create', { message: 'who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } })),
    sample: async () => text(await ask('sampling/createMessage', { messages: [], maxTokens: 5 })),
    roots: async () => text(await ask('roots/list', {})),
    exit: ({ code }) => process.exit(code),
    hang: () => {
        for (;;);
    },
    garbage: ({ lines }) => {
        for (const line of lines) writeAll(`${line}\n`);
        return text('still here');
    },
    big: ({ bytes, first }) => {
        const filler = 'x'.repeat(bytes);
        return first ? { content: [{ type: 'text', text: filler }] } : { _raw: filler };
    },
    stderr: ({ lines, what }) => {
        for (let i = 0; i < lines; ++i) writeSync(2, `${what} ${i}\n`);
        return text('written');
    },
    deaf: () => {
        setTimeout(tools.hang, 50);
        return text('not reading any more');
    },
    children: ({ count }) => text({ pid: process.pid, children: Array.from({ length: count }, (_, i) => sleeper(i % 2 === 1)) }),
    eat: ({ bytes }) => {
        globalThis.eaten = Buffer.alloc(bytes, 1);
        return text('eaten');
    },
    grow: () => {
        tools.grown = () => text('grown');
        send({ method: 'notifications/tools/list_changed' });
        return text('more tools');
    },
    touch: ({ uri }) => {
        send({ method: 'notifications/resources/updated', params: { uri } });
        return text('touched');
    },
};

async function answer({ id, method, params }) {
    if (method === 'initialize') {
        await pause(Number(option('start-delay', 0)));
        initialized += 1;
        client = params;
        return {
            protocolVersion: params.protocolVersion,
            capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} },
            serverInfo: { name: option('name', 'program'), version: '1' },
            instructions: option('says', ''),
        };
    }
    if (method === 'ping') return {};
    if (method === 'tools/list') return { tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' } })) };
    if (method === 'resources/list') return { resources: [{ uri: 'file:///a', name: 'a' }] };
    if (method === 'resources/templates/list') return { resourceTemplates: [] };
    if (method === 'resources/subscribe') return subscribed.add(params.uri), {};
    if (method === 'resources/unsubscribe') return subscribed.delete(params.uri), {};
    if (method === 'logging/setLevel') return (level = params.level), {};
    if (method === 'tools/call') return tools[params.name](params.arguments ?? {}, params._meta?.progressToken);
    throw new Error(`no ${method} here`);
}

const reader = createInterface({ input: process.stdin });
reader.on('line', async (line) => {
    const message = JSON.parse(line);
    if (message.method === undefined) {
        asked.get(message.id)?.(message.result ?? { refused: message.error });
        return;
    }
    if (message.method === 'notifications/cancelled') cancelled += 1;
    if (message.id === undefined) return;
    try {
        const result = await answer(message);
        // As the TypeScript SDK writes it, or the other way round.
        if (result._raw !== undefined) writeAll(`{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${JSON.stringify(text(result._raw))}}\n`);
        else writeAll(`${JSON.stringify({ result, jsonrpc: '2.0', id: message.id })}\n`);
    } catch (error) {
        send({ id: message.id, error: { code: -32000, message: String(error.message) } });
    }
});
reader.on('close', () => {
    if (process.argv.includes('--stays')) setInterval(() => {}, 1000);
    else process.exit(0);
});
if (process.argv.includes('--stays')) process.on('SIGTERM', () => {});
