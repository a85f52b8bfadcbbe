// Ten clients at once, of both SDK generations, with sampling and elicitation in flight on backends that choose the same
// request ids: every client is asked exactly its own questions and reads exactly its own results.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generations, textOf } from './lib/peers.mjs';
import { fixture, gateway, later } from './lib/setup.mjs';

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
