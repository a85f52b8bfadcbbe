// A backend whose instructions are 900 KB long, and 300 sessions that use it.
import { test } from 'node:test';
import { assert, session, startAbused, stub, toolDefinition, underAbuse } from './lib.mjs';

test('instructions of 900 KB in 300 sessions', async (t) => {
    const wordy = await stub(t, { name: 'wordy', tools: [toolDefinition('one')], instructions: 'i'.repeat(900e3) });
    const vmcp = await startAbused(t, { wordy: wordy.url });
    await underAbuse(t, 'instructions of 900 KB, 300 sessions', vmcp, async () => {
        for (let i = 0; i < 300; i += 10)
            await Promise.all(Array.from({ length: 10 }, async () => {
                const client = await session(vmcp);
                const { message } = await client.request('tools/call', { name: 'wordy_one', arguments: {} });
                assert.equal(message.result.content[0].text, 'wordy:one');
            }));
    });
});
