// A complete MCP server of the stateless revision (2026-07-28) for tests, built on @modelcontextprotocol/server. Run it
// (`node modern_fixture.mjs [--port N] [--dual]`, prints its URL) or import startModernFixture.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { localhostHostValidation, localhostOriginValidation, toNodeHandler } from '@modelcontextprotocol/node';
import {
    createMcpHandler, createRequestStateCodec, inputRequired, inputResponse, ProtocolError, ProtocolErrorCode, Server,
} from '@modelcontextprotocol/server';
import * as catalog from './fixture_catalog.mjs';

const text = (value) => ({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] });
const schema = (properties = {}, required = []) => ({ type: 'object', properties, required });
const anyString = { type: 'string' };
const anyNumber = { type: 'number' };
const nameSchema = schema({ name: anyString }, ['name']);

const elicit = (message = 'What is your name?') => inputRequired.elicit({ message, requestedSchema: nameSchema });
const sample = (said = 'Capital of France?') => inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: said } }], maxTokens: 50,
});
const given = (context, key) => context.mcpReq.inputResponses?.[key];
// What stands in requestState is the server's own: JSON here, sealed by the codec.
const stateOf = (context) => context.mcpReq.requestState() ?? {};

// Asks for all of `requests` in one round; `seal` gives the requestState, where there is one.
function asking(name, requests, { seal, says = (answers) => answers } = {}) {
    return {
        name, description: 'Asks the client and answers with what it heard', inputSchema: schema(),
        async call(_, context, state) {
            const keys = Object.keys(requests());
            if (keys.some((key) => given(context, key) === undefined))
                return inputRequired({
                    inputRequests: requests(), ...(seal && { requestState: await state.codec.mint({ of: name }, context) }),
                });
            if (seal && stateOf(context).of !== name) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid requestState');
            return text(says(keys.length === 1 ? given(context, keys[0]) : keys.map((key) => given(context, key))));
        },
    };
}

const askingTools = [
    asking('test_input_required_result_elicitation', () => ({ user_name: elicit() })),
    asking('test_input_required_result_sampling', () => ({ capital: sample() })),
    asking('test_input_required_result_list_roots', () => ({ roots: inputRequired.listRoots() })),
    asking('test_input_required_result_request_state', () => ({ confirm: elicit() }), { seal: true }),
    asking('test_input_required_result_tampered_state', () => ({ confirm: elicit() }), { seal: true }),
    asking('test_input_required_result_multiple_inputs', () => ({
        user_name: elicit(), capital: sample(), roots: inputRequired.listRoots(),
    }), { seal: true }),
    asking('test_input_required_result_capabilities', () => ({ capital: sample() })),
    asking('test_missing_capability', () => ({ capital: sample() })),
    asking('test_streaming_elicitation', () => ({ user_name: elicit() })),
    asking('ask_url', () => ({ visit: inputRequired.elicitUrl({ message: 'Open this address', url: 'https://example.com/x' }) }),
        { says: ({ action }) => action }),
    {
        name: 'test_input_required_result_multi_round', description: 'Asks twice, one after the other', inputSchema: schema(),
        async call(_, context, state) {
            const known = stateOf(context);
            if (given(context, 'step2') && known.first) return text([known.first, given(context, 'step2')]);
            if (given(context, 'step1'))
                return inputRequired({
                    inputRequests: { step2: elicit('And then?') },
                    requestState: await state.codec.mint({ first: given(context, 'step1') }, context),
                });
            return inputRequired({ inputRequests: { step1: elicit() }, requestState: await state.codec.mint({ round: 1 }, context) });
        },
    },
    {
        name: 'ask_in_vain', description: 'Never has enough', inputSchema: schema(),
        call: () => inputRequired({ inputRequests: { more: elicit('More?') } }),
    },
    {
        name: 'shed_load', description: 'Wants to be asked once more, and nothing else', inputSchema: schema(),
        async call(_, context, state) {
            return stateOf(context).again ? text('served') : inputRequired({ requestState: await state.codec.mint({ again: true }, context) });
        },
    },
];

const plainTools = [
    {
        name: 'echo', description: 'Answers with the name of the server and the given text', inputSchema: schema({ text: anyString }, ['text']),
        call: ({ text: said }, _, state) => text({ server: state.name, text: said }),
    },
    {
        name: 'slow', description: 'Waits; notes when the call is cancelled', inputSchema: schema({ ms: anyNumber, tag: anyString }, ['ms']),
        async call({ ms, tag }, context, state) {
            try {
                await sleep(ms, undefined, { signal: context.mcpReq.signal });
            } catch {
                state.cancelled.push(tag ?? 'untagged');
            }
            return text('slept');
        },
    },
    {
        name: 'report_progress', description: 'Sends progress 1 to n of n', inputSchema: schema({ n: anyNumber }, ['n']),
        async call({ n }, context) {
            const progressToken = context.mcpReq._meta?.progressToken;
            for (let progress = 1; progress <= n && progressToken !== undefined; ++progress)
                await context.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: n } });
            return text('reported');
        },
    },
    {
        name: 'log_lines', description: 'Writes one line at each given level', inputSchema: schema({ levels: { type: 'array', items: anyString } }, ['levels']),
        async call({ levels }, context) {
            for (const level of levels) await context.mcpReq.log(level, { level }, 'fixture');
            return text('logged');
        },
    },
    {
        name: 'test_logging_tool', description: 'Writes a line', inputSchema: schema(),
        async call(_, context) {
            await context.mcpReq.log('info', 'a line');
            return text('logged');
        },
    },
    {
        name: 'fail_with_data', description: 'Fails with a code and data of its own', inputSchema: schema(),
        call: () => { throw new ProtocolError(-31999, 'Out of order', { part: 'left', count: 9007199254740991 }); },
    },
    {
        name: 'test_x_mcp_header', description: 'Has an argument that is repeated in a header field',
        inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
        call: ({ region }) => text(`region ${region}`),
    },
    {
        name: 'toggle_tool', description: 'Adds or removes dynamic_tool, and says so', inputSchema: schema(),
        call(_, __, state) {
            const before = state.tools.length;
            state.tools = state.tools.filter(({ name }) => name !== 'dynamic_tool');
            if (state.tools.length === before)
                state.tools.push({ name: 'dynamic_tool', description: 'Comes and goes', inputSchema: schema(), call: () => text('dynamic') });
            state.handler.notify.toolsChanged();
            return text('toggled');
        },
    },
    {
        name: 'touch_resource', description: 'Changes test://watched-resource', inputSchema: schema(),
        call(_, __, state) {
            state.watchedVersion += 1;
            state.handler.notify.resourceUpdated('test://watched-resource');
            return text(`version ${state.watchedVersion}`);
        },
    },
    ...['tool', 'prompt'].map((kind) => ({
        name: `test_trigger_${kind}_change`, description: `Adds a ${kind}, and says so`, inputSchema: schema(),
        call(_, __, state) {
            state.changes += 1;
            if (kind === 'tool') state.tools.push({ name: `appeared_${state.changes}`, description: 'Appeared', inputSchema: schema(), call: () => text('here') });
            else state.prompts.push({ name: `appeared_${state.changes}`, description: 'Appeared', get: () => ({ messages: [] }) });
            state.handler.notify[`${kind}sChanged`]();
            return text('changed');
        },
    })),
];

const askingPrompt = {
    name: 'test_input_required_result_prompt', description: 'Asks for its context',
    get: (_, context) => given(context, 'user_context')
        ? { messages: [{ role: 'user', content: { type: 'text', text: JSON.stringify(given(context, 'user_context')) } }] }
        : inputRequired({ inputRequests: { user_context: elicit() } }),
};

// The server of one request.
function makeServer(state) {
    const server = new Server({ name: state.name, version: '1.0.0' }, {
        instructions: `Instructions of ${state.name}`,
        capabilities: {
            tools: { listChanged: true }, prompts: { listChanged: true }, completions: {}, logging: {},
            resources: { subscribe: true, listChanged: true },
        },
        requestState: { verify: (sealed, context) => state.codec.verify(sealed, context) },
    });
    const invalid = (message) => new ProtocolError(ProtocolErrorCode.InvalidParams, message);
    server.setRequestHandler('tools/list', () => ({ tools: state.tools.map(({ call, ...definition }) => definition) }));
    server.setRequestHandler('tools/call', (request, context) => {
        const tool = state.tools.find((one) => one.name === request.params.name);
        if (!tool) throw invalid(`Unknown tool: ${request.params.name}`);
        state.calls.push(tool.name);
        return tool.call(request.params.arguments ?? {}, context, state);
    });
    server.setRequestHandler('resources/list', () => ({ resources: catalog.resources }));
    server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: catalog.resourceTemplates }));
    server.setRequestHandler('resources/read', (request) => {
        const contents = catalog.readResource(request.params.uri, state.watchedVersion);
        if (!contents) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Resource not found: ${request.params.uri}`, { uri: request.params.uri });
        return { contents };
    });
    server.setRequestHandler('prompts/list', () => ({ prompts: state.prompts.map(({ get, ...definition }) => definition) }));
    server.setRequestHandler('prompts/get', (request, context) => {
        const prompt = state.prompts.find((one) => one.name === request.params.name);
        if (!prompt) throw invalid(`Unknown prompt: ${request.params.name}`);
        const values = request.params.arguments ?? {};
        const missing = (prompt.arguments ?? []).find((one) => one.required && values[one.name] === undefined);
        if (missing) throw invalid(`Missing argument ${missing.name} of prompt ${prompt.name}`);
        return prompt.get(values, context);
    });
    server.setRequestHandler('completion/complete', (request) => catalog.complete(request.params.ref, request.params.argument));
    return server;
}

// Starts a fixture on 127.0.0.1. options: port (0 = any), name, dual (requests of revisions with sessions are served, too, one by
// one). Returns {url, port, state, close()}; state.requests has method and header fields of every request.
export async function startModernFixture({ port = 0, name = 'fixture', dual = false } = {}) {
    const askless = catalog.tools.filter((tool) => !/elicitation|sampling/.test(tool.name));
    const state = {
        name, tools: [...askless, ...plainTools, ...askingTools], prompts: [...catalog.prompts, askingPrompt],
        calls: [], cancelled: [], requests: [], watchedVersion: 1, changes: 0,
        codec: createRequestStateCodec({ key: crypto.getRandomValues(new Uint8Array(32)) }),
    };
    state.handler = createMcpHandler(() => makeServer(state), { legacy: dual ? 'stateless' : 'reject' });
    const handle = toNodeHandler(state.handler);
    const http = createServer((request, response) => {
        if (localhostHostValidation()(request, response) === false) return;
        if (localhostOriginValidation()(request, response) === false) return;
        if (new URL(request.url, 'http://localhost').pathname !== '/mcp') return void response.writeHead(404).end();
        state.requests.push({ method: request.headers['mcp-method'] ?? request.method, headers: request.headers });
        handle(request, response);
    });
    await new Promise((resolve, reject) => http.once('error', reject).listen(port, '127.0.0.1', resolve));
    const actual = http.address().port;
    return {
        url: `http://127.0.0.1:${actual}/mcp`, port: actual, state,
        async close() {
            await state.handler.close();
            http.closeAllConnections();
            await new Promise((resolve) => http.close(resolve));
        },
    };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, name: { type: 'string' }, dual: { type: 'boolean' } } });
    const fixture = await startModernFixture({ ...values, port: Number(values.port) });
    console.log(fixture.url);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => fixture.close().then(() => process.exit(0)));
}
