// Event streams of calls that are over, kept for clients that might come back: 20 idle sessions with 64 of 1 MB each.
import { test } from 'node:test';
import { assert, metric, onlyMeasured, session, startAbused, stub, toolDefinition, underAbuse, until } from './lib.mjs';

const most = 0.9e6; // a stream is kept for replay up to sessions.replayBytes, 1 MiB
const result = { content: [{ type: 'text', text: 'x'.repeat(most) }] };
const kept = (vmcp) => metric(vmcp, 'vmcp_memory_bytes{class="replay"}');

test('finished streams of 20 idle sessions', { timeout: 180000 }, async (t) => {
    const chatty = await stub(t, { name: 'chatty', tools: [toolDefinition('talk')] });
    chatty.on('tools/call', (exchange) => {
        const stream = exchange.sse();
        stream.send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'begun' } });
        stream.result(result);
    });
    const vmcp = await startAbused(t, { chatty: chatty.url });
    await underAbuse(t, '20 idle sessions, 64 finished streams of 1 MB each', vmcp, async () => {
        for (let i = 0; i < 20; ++i) {
            const client = await session(vmcp);
            for (let k = 0; k < 64; k += 8)
                await Promise.all(Array.from({ length: 8 }, () => client.request('tools/call', { name: 'chatty_talk', arguments: {} }, { ms: 30000 })));
        }
        if (onlyMeasured) return;
        const bytes = await kept(vmcp);
        console.log(`  kept for replay ${(bytes / 2 ** 20).toFixed(0)} MiB, dropped ${await metric(vmcp, 'vmcp_memory_dropped_total{class="replay"}')}`);
        assert.ok(bytes > 2 ** 20, 'some are kept');
        assert.ok(await metric(vmcp, 'vmcp_memory_dropped_total{class="replay"}') > 0, 'and the oldest have gone');
        await until('what was kept is let go after its time', async () => (await kept(vmcp)) < 2 ** 20, 90000);
    });
});
