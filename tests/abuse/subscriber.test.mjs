// A subscriber of a shared backend session that listens and does not read, while its resource changes all the time.
import { test } from 'node:test';
import { assert, headOf, metric, onlyMeasured, session, sleep, Socket, startAbused, stub, underAbuse } from './lib.mjs';

test('a subscriber of a shared session that does not read', async (t) => {
    const uri = 'test://a';
    const busy = await stub(t, { name: 'busy', resources: [{ uri, name: 'a' }] });
    const vmcp = await startAbused(t, { busy: { url: busy.url, sessions: 'shared' } });
    await underAbuse(t, 'a subscriber that does not read, 6 s of updates', vmcp, async () => {
        const client = await session(vmcp);
        const socket = (await Socket.open(t, vmcp)).hold();
        await socket.send(headOf(vmcp, client, { Accept: 'text/event-stream' }, 'GET'));
        const { message } = await client.request('resources/subscribe', { uri });
        assert.ok(message.result, JSON.stringify(message));
        await sleep(500);
        const update = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: `${uri}/${'p'.repeat(2000)}` } });
        let sent = 0;
        for (const end = Date.now() + 6000; Date.now() < end; await sleep(1))
            for (let i = 0; i < 200; ++i) for (const stream of busy.streams.values()) {
                ++sent;
                if (!stream.send(update)) i = 200; // it reads more slowly
            }
        console.log(`  ${sent} updates`);
        assert.ok(sent > 10000, 'enough of them');
        if (!onlyMeasured) assert.ok(await metric(vmcp, 'vmcp_memory_dropped_total{class="notifications"}') > 0, 'the oldest have gone');
    });
});
