// What a client can do through a gateway, feature by feature, whatever revision and transport stands on either side. The backend is one
// of the fixtures, under the name "fixture".
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { generations, textOf } from './peers.mjs';
import { until } from './process.mjs';

const capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } };

const stateless = {
    async connect(url, { setup } = {}) {
        const client = new Client({ name: 'stateless', version: '1' }, { capabilities, versionNegotiation: { mode: { pin: '2026-07-28' } } });
        client.onRequest = (method, handler) => client.setRequestHandler(method, handler);
        client.onNotification = (method, handler) => client.setNotificationHandler(method, handler);
        client.call = (tool, given, options) => client.callTool({ name: tool, arguments: given }, options);
        client.stateless = true;
        setup?.(client);
        await client.connect(new StreamableHTTPClientTransport(new URL(url)));
        return client;
    },
};

export const clients = { ...generations, 'SDK 2.4, 2026-07-28': stateless };

function setup(client) {
    client.onRequest('elicitation/create', ({ params }) =>
        params.mode === 'url' ? { action: 'accept' } : { action: 'accept', content: { name: params.message } });
    client.onRequest('sampling/createMessage', () => ({ role: 'assistant', model: 'm', content: { type: 'text', text: 'Paris' } }));
    client.onRequest('roots/list', () => ({ roots: [{ uri: 'file:///home/ada' }] }));
}

export const enter = (kind, url) => clients[kind].connect(url, { setup });

const call = (client, tool, given = {}, options) => client.call(`fixture_${tool}`, given, options);
const json = async (client, tool, given) => JSON.parse(textOf(await call(client, tool, given)));

// What comes of `act` that the client is told of by notifications of that method.
async function told(client, method, wish, act) {
    const heard = [];
    client.onNotification(method, ({ params }) => void heard.push(params));
    const subscription = client.stateless ? await client.listen(wish) : undefined;
    await act();
    await until(`the client hears ${method}`, () => heard.length > 0);
    await subscription?.close?.();
    return heard;
}

// Each feature throws where it does not work. `cancelled` resolves to the tags of calls that the backend was told nobody waits for.
export const features = {
    async list(client) {
        const { tools } = await client.listTools();
        assert.ok(tools.some(({ name }) => name === 'fixture_echo'));
        assert.ok((await client.listPrompts()).prompts.some(({ name }) => name === 'fixture_test_simple_prompt'));
        assert.ok((await client.listResources()).resources.some(({ uri }) => uri === 'test://static-text'));
    },
    async call(client) {
        assert.deepEqual(await json(client, 'echo', { text: 'grüße' }), { server: 'fixture', text: 'grüße' });
    },
    async progress(client) {
        const steps = [];
        await call(client, 'report_progress', { n: 3 }, { onprogress: ({ progress }) => steps.push(progress) });
        assert.deepEqual(steps, [1, 2, 3]);
    },
    async log(client) {
        const heard = [];
        client.onNotification('notifications/message', ({ params }) => void heard.push(params.level));
        const params = { name: 'fixture_log_lines', arguments: { levels: ['debug', 'warning', 'error'] } };
        if (client.stateless) {
            await client.callTool({ ...params, _meta: { 'io.modelcontextprotocol/logLevel': 'warning' } });
        } else {
            await client.setLoggingLevel('warning');
            await client.call(params.name, params.arguments);
        }
        await until('two lines', () => heard.length >= 2);
        assert.deepEqual(heard, ['warning', 'error']);
    },
    async cancel(client, { cancelled, tag }) {
        const stop = new AbortController();
        const running = call(client, 'slow', { ms: 30_000, tag }, { signal: stop.signal });
        setTimeout(() => stop.abort('enough'), 300);
        await assert.rejects(running);
        await until('the backend is told', async () => (await cancelled()).includes(tag));
    },
    async 'elicitation form'(client) {
        assert.deepEqual(await json(client, 'test_input_required_result_elicitation'), { action: 'accept', content: { name: 'What is your name?' } });
    },
    async 'elicitation url'(client) {
        assert.equal(textOf(await call(client, 'ask_url', { url: 'https://example.com/x', id: 'e1' })), 'accept');
    },
    async sampling(client) {
        assert.equal((await json(client, 'test_input_required_result_sampling')).content.text, 'Paris');
    },
    async roots(client) {
        assert.equal((await json(client, 'test_input_required_result_list_roots')).roots[0].uri, 'file:///home/ada');
    },
    'list_changed': (client) => told(client, 'notifications/tools/list_changed', { toolsListChanged: true }, () => call(client, 'toggle_tool')),
    async 'resource updated'(client) {
        const uri = 'test://watched-resource';
        const [{ uri: changed }] = await told(client, 'notifications/resources/updated', { resourceSubscriptions: [uri] }, async () => {
            if (!client.stateless) await client.subscribeResource({ uri });
            await call(client, 'touch_resource');
        });
        assert.equal(changed, uri);
    },
    async completion(client) {
        const { completion } = await client.complete({
            ref: { type: 'ref/prompt', name: 'fixture_test_prompt_with_arguments' }, argument: { name: 'arg1', value: 'par' },
        });
        assert.deepEqual(completion.values, ['paris', 'park', 'party']);
    },
    async 'error with data'(client) {
        await assert.rejects(call(client, 'fail_with_data'), (error) => {
            assert.equal(error.code, -31999);
            assert.match(error.message, /Out of order/);
            assert.equal(error.data.part, 'left');
            return true;
        });
    },
};
