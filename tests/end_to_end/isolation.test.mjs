// Ten clients at once, of both SDK generations, with sampling and elicitation in flight on backends that choose the same
// request ids: every client is asked exactly its own questions and reads exactly its own results.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generations, textOf } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { fixture, gateway, later, rawClient, stub, toolDefinition } from './lib/setup.mjs';

test('ten clients with questions in flight never get another\'s message', async (t) => {
    const one = await fixture(t, { name: 'one', extras: true });
    const two = await fixture(t, { name: 'two', extras: true });
    const vmcp = await gateway(t, { one: one.url, two: two.url });
    const kinds = Object.values(generations);
    const rounds = 6;

    const clients = await Promise.all(Array.from({ length: 10 }, async (_, index) => {
        const name = `client-${index}`;
        const asked = [];
        const lines = [];
        const client = await kinds[index % 2].connect(vmcp.url, {
            name,
            setup(made) {
                // The answers take different times, so that they cross each other on the way back.
                const answer = (value) => new Promise((resolve) => setTimeout(() => resolve(value), (index * 7 + asked.length * 13) % 40));
                made.onRequest('sampling/createMessage', ({ params }) => {
                    const { text } = params.messages[0].content;
                    asked.push(text);
                    return answer({ role: 'assistant', model: 'm', content: { type: 'text', text: `${name} sampled ${text}` } });
                });
                made.onRequest('elicitation/create', ({ params }) => {
                    asked.push(params.message);
                    return answer({ action: 'accept', content: { answer: `${name} answered ${params.message}` } });
                });
                made.onRequest('roots/list', () => ({ roots: [{ uri: `file:///${name}` }] }));
                made.onNotification('notifications/message', ({ params }) => void lines.push(params.data.tag));
            },
        });
        later(t, () => client.close());
        await client.setLoggingLevel('debug');
        return { name, client, asked, lines };
    }));

    await Promise.all(clients.flatMap(({ name, client }) => Array.from({ length: rounds }, async (_, round) => {
        const backend = round % 2 === 0 ? 'one' : 'two';
        const tag = `${name}/${backend}/${round}`;
        const [both, roots, progress] = await Promise.all([
            client.call(`${backend}_ask_both`, { tag, ms: (round * 11) % 30 }),
            client.call(`${backend}_read_roots`, {}),
            (async () => {
                const seen = [];
                await client.call(`${backend}_report_progress`, { n: 3 }, { onprogress: (p) => seen.push(p.progress) });
                return seen;
            })(),
            client.call(`${backend}_log_lines`, { levels: ['info'], tag }),
        ]);
        assert.deepEqual(JSON.parse(textOf(both)), {
            tag, sampled: `${name} sampled ${tag}`, elicited: `${name} answered ${tag}`,
        });
        assert.deepEqual(JSON.parse(textOf(roots)), { roots: [{ uri: `file:///${name}` }] });
        assert.deepEqual(progress, [1, 2, 3]);
    })));

    for (const { name, asked, lines } of clients) {
        assert.equal(asked.length, rounds * 2, `${name} was asked ${asked}`);
        assert.ok(asked.every((question) => question.startsWith(`${name}/`)), `${name} was asked ${asked}`);
        assert.equal(lines.length, rounds, `${name} read ${lines}`);
        assert.ok(lines.every((tag) => tag.startsWith(`${name}/`)), `${name} read ${lines}`);
    }
});

test('clients that choose the same ids and progress tokens, backends that ask with the same ids', async (t) => {
    const backends = await Promise.all(['one', 'two'].map((name) => stub(t, { name, tools: [toolDefinition('ask')] })));
    for (const backend of backends)
        backend.on('tools/call', async (exchange) => {
            const { params } = exchange.message;
            const stream = exchange.sse();
            stream.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: params._meta.progressToken, progress: 1 } });
            const id = `${exchange.headers['mcp-session-id']}`;
            // Every session asks with id 0; the answer is told apart by the session that it comes from.
            stream.send({ jsonrpc: '2.0', id: 0, method: 'sampling/createMessage', params: { messages: [], maxTokens: 1, who: params.arguments.who } });
            const answer = await until(`the answer of ${id}`, () => backend.log.find((entry) =>
                entry.kind === 'response' && entry.headers['mcp-session-id'] === exchange.headers['mcp-session-id']));
            stream.result({ content: [{ type: 'text', text: answer.message.result.model }] });
        });
    const vmcp = await gateway(t, { one: backends[0].url, two: backends[1].url });
    await Promise.all(Array.from({ length: 8 }, async (_, index) => {
        const who = `client-${index}`;
        const client = await rawClient(t, vmcp, { capabilities: { sampling: {} } });
        const { message, notes } = await client.request('tools/call', {
            name: index % 2 ? 'one_ask' : 'two_ask', arguments: { who }, _meta: { progressToken: 7 },
        }, {
            id: 1,
            async onRequest({ params }) {
                assert.equal(params.who, who);
                return { role: 'assistant', model: who, content: { type: 'text', text: '' } };
            },
        });
        assert.equal(message.result.content[0].text, who);
        const progress = notes.map((note) => JSON.parse(note)).filter((note) => note.method === 'notifications/progress');
        assert.deepEqual(progress.map((note) => note.params.progressToken), [7]);
    }));
});
