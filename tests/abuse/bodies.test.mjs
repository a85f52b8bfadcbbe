// Bodies of 7 MiB that are sent to their last byte but one, and kept there.
import { test } from 'node:test';
import { assert, headOf, metric, onlyMeasured, session, sleep, Socket, startAbused, underAbuse } from './lib.mjs';

const size = 7 << 20;
const most = Buffer.alloc(size - 1, 0x20);

// How many of 150 were refused, by status.
async function send150(t, vmcp, client) {
    const sockets = await Promise.all(Array.from({ length: 150 }, () => Socket.open(t, vmcp)));
    await Promise.all(sockets.map(async (socket) => {
        await socket.send(headOf(vmcp, client, { Accept: 'application/json, text/event-stream', 'Content-Length': size }));
        await socket.send(most);
    }));
    await sleep(2000);
    const statuses = {};
    for (const socket of sockets) statuses[socket.status()] = (statuses[socket.status()] ?? 0) + 1;
    return { statuses, sockets };
}

test('150 bodies of 7 MiB without a session', async (t) => {
    const vmcp = await startAbused(t);
    await underAbuse(t, '150 bodies of 7 MiB, no session', vmcp, async () => {
        const { statuses } = await send150(t, vmcp);
        console.log('  statuses', JSON.stringify(statuses));
        if (onlyMeasured) return;
        // Some may find the connection closed before they have looked for the answer.
        assert.ok(statuses[413] > 100, 'judged before they are read');
        assert.deepEqual(Object.keys(statuses).filter((one) => one !== '413' && one !== 'undefined'), []);
    });
});

test('150 bodies of 7 MiB in a session', async (t) => {
    const vmcp = await startAbused(t);
    await underAbuse(t, '150 bodies of 7 MiB in a session', vmcp, async () => {
        const { statuses, sockets } = await send150(t, vmcp, await session(vmcp));
        console.log('  statuses', JSON.stringify(statuses));
        if (onlyMeasured) return;
        assert.ok(statuses[503] > 100, 'what has no room is refused');
        const refused = sockets.find((one) => one.status() === 503).text();
        assert.match(refused, /^Retry-After: \d+\r$/m);
        assert.match(refused, /"jsonrpc":"2.0".*limits\.memory/);
        assert.ok(await metric(vmcp, 'vmcp_memory_refused_total{class="requests"}') > 100);
    });
});
