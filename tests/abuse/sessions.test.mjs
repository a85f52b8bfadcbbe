// Clients that open sessions and do nothing with them.
import { test } from 'node:test';
import { assert, onlyMeasured, session, startAbused, underAbuse } from './lib.mjs';

test('a flood of initialize', { timeout: 180000 }, async (t) => {
    const vmcp = await startAbused(t, {}, { config: { sessions: { maxSessions: 200 } } });
    await underAbuse(t, '5,000 initialize where 200 sessions are all there are', vmcp, async () => {
        const used = [];
        for (let i = 0; i < 100; ++i) {
            used.push(await session(vmcp));
            assert.equal((await used.at(-1).request('ping')).status, 200);
        }
        const body = JSON.stringify({
            jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
        });
        const statuses = {};
        for (let i = 0; i < 5000; i += 50)
            await Promise.all(Array.from({ length: 50 }, async () => {
                const answer = await used[0].post(body, { headers: { 'mcp-session-id': undefined, 'mcp-protocol-version': undefined } });
                await answer.body();
                statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
            }));
        let lost = 0;
        for (const client of used) lost += (await client.request('ping')).status === 200 ? 0 : 1;
        const figures = `${lost} of 100 sessions that were used are gone, statuses ${JSON.stringify(statuses)}`;
        if (!onlyMeasured) assert.equal(lost, 0, figures);
        return figures;
    });
});
