// Answers of 20 MB that their clients do not read.
import { test } from 'node:test';
import { assert, callUnread, metric, onlyMeasured, session, sleep, startAbused, stub, toolDefinition, underAbuse, until } from './lib.mjs';

const text = JSON.stringify({ content: [{ type: 'text', text: 'x'.repeat(20e6) }] });

for (const [how, answer] of [
    ['as JSON', (exchange) => exchange.result(text)],
    ['as events', (exchange) => exchange.sse().result(text)],
])
    test(`60 answers of 20 MB that nobody reads, ${how}`, async (t) => {
        const big = await stub(t, { name: 'big', tools: [toolDefinition('much')] });
        big.on('tools/call', answer);
        const vmcp = await startAbused(t, { big: big.url });
        await underAbuse(t, `60 unread answers of 20 MB, ${how}`, vmcp, async () => {
            const client = await session(vmcp);
            for (let i = 0; i < 60; ++i) await callUnread(t, vmcp, client, 'big_much', i % 2 ? 'application/json' : undefined);
            await until('all answers have been sent or refused', () => big.requests('tools/call').length >= 60, 60000);
            await sleep(8000);
            if (!onlyMeasured) assert.ok(await metric(vmcp, 'vmcp_memory_refused_total{class="answers"}') > 0, 'what has no room is refused');
        });
    });
