// 250 clients that could be asked things, use five backends and leave without a word, where 1,024 descriptors are all there are.
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { assert, onlyMeasured, session, sleep, startAbused, stub, toolDefinition, underAbuse } from './lib.mjs';

test('250 abandoned sessions with elicitation, 5 backends, 1,024 descriptors', { timeout: 180000 }, async (t) => {
    const backends = [];
    for (let i = 0; i < 5; ++i) backends.push(await stub(t, { name: `b${i}`, tools: [toolDefinition('one')] }));
    const vmcp = await startAbused(t, Object.fromEntries(backends.map(({ name, url }) => [name, url])), {
        wrap: ['prlimit', '--nofile=1024'], config: { operational: { failureHandling: { healthCheckInterval: '1s' } } },
    });
    await underAbuse(t, '250 abandoned sessions with elicitation, 5 backends, 1,024 descriptors', vmcp, async () => {
        let most = 0;
        const streams = () => backends.reduce((sum, { streams: open }) => sum + open.size, 0);
        const counting = setInterval(() => (most = Math.max(most, streams())), 20);
        for (let i = 0; i < 250; i += 10)
            await Promise.all(Array.from({ length: 10 }, async () => {
                const client = await session(vmcp, { capabilities: { elicitation: {} } });
                for (const { name } of backends) await client.request('tools/call', { name: `${name}_one`, arguments: {} });
            }));
        const answered = Date.now();
        const newcomer = await session(vmcp);
        assert.equal((await newcomer.request('tools/call', { name: 'b0_one', arguments: {} })).status, 200, 'a new client is served');
        const took = Date.now() - answered;
        await sleep(12000);
        clearInterval(counting);
        const descriptors = (await readdir(`/proc/${vmcp.pid}/fd`)).length;
        const figures = `${most} streams from backends at most, ${streams()} and ${descriptors} descriptors twelve seconds later, a new client served in ${took} ms`;
        if (onlyMeasured) return figures;
        assert.ok(streams() <= 64 + 2 * backends.length, figures);
        assert.ok(descriptors < 500, figures);
        for (const { name, health } of (await vmcp.status()).backends) assert.equal(health, 'healthy', name);
        assert.doesNotMatch(vmcp.program.output, /[Tt]oo many open files/);
        return figures;
    });
});
