// asan: no (time limits)
// Ten backends and vmcp, started in every order with random delays, the backends by way of a proxy that is not ready
// at first: every backend ends healthy, none flaps after, and no call fails that began after /readyz?verbose said
// ready. VMCP_SEEDS sets the number of worlds (50), VMCP_SEED runs a single one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { modes, ModeStub } from './lib/modes.mjs';
import { until } from './lib/process.mjs';
import { RawClient } from './lib/raw_client.mjs';
import { configFor, startVmcp } from './lib/vmcp.mjs';

const seeds = process.env.VMCP_SEED ? [Number(process.env.VMCP_SEED)] : Array.from({ length: Number(process.env.VMCP_SEEDS ?? 50) }, (_, i) => i + 1);
const together = 8;
const count = 10;

// mulberry32
function dice(seed) {
    let state = seed * 0x9e3779b9;
    return (below) => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
    };
}

const readyz = async (base) => (await (await fetch(`${base}/readyz?verbose`, { signal: AbortSignal.timeout(5000) })).json()).backends;
const usable = (row) => row.health === 'healthy' || row.health === 'degraded';

async function world(seed) {
    const roll = dice(seed);
    const backends = Array.from({ length: count }, (_, i) => new ModeStub({ name: `b${i}`, mode: 'refused' }));
    for (const one of backends) await one.listen(); // finds a port, and closes it again
    const stopping = [];
    const failed = [];
    try {
        // Each backend goes through up to two ways of not being ready on its way to good.
        const plans = backends.map(async (backend) => {
            await sleep(roll(1500));
            for (let i = roll(3); i > 0; --i) {
                await backend.become(modes[roll(modes.length)]);
                await sleep(roll(700));
            }
            await backend.become('good');
        });
        await sleep(roll(1500));
        const vmcp = await startVmcp(configFor(backends.map(({ name, url }) => ({ name, url }))), { ready: false });
        stopping.push(() => vmcp.stop());
        const client = new RawClient(vmcp.url);
        await client.initialize();
        // From the moment a backend is ready it is called.
        let over = false;
        const callers = backends.map(async ({ name }) => {
            await until(`${name} is ready`, async () => over || usable((await readyz(vmcp.base)).find((row) => row.name === name)), 15_000);
            while (!over) {
                const { status, text, message } = await client.request('tools/call', { name: `${name}_echo` });
                if (message?.result?.content[0].text !== `${name}:echo`) failed.push(`${name}: HTTP ${status} ${text}`);
                await sleep(100);
            }
        });
        callers.forEach((one) => one.catch(() => {}));
        await Promise.all(plans);
        const goodAt = Date.now();
        await until('all are healthy', async () => (await readyz(vmcp.base)).every(({ health }) => health === 'healthy'), 5000)
            .catch(async (error) => { throw new Error(`${error.message}: ${JSON.stringify(await readyz(vmcp.base))}\n${vmcp.program.output}`); });
        const took = Date.now() - goodAt;
        const before = await vmcp.status();
        await sleep(1500);
        over = true;
        await Promise.all(callers);
        const rows = (await vmcp.status()).backends;
        assert.ok(rows.every(({ health }) => health === 'healthy'));
        assert.deepEqual(rows.map(({ transitions }) => transitions), before.backends.map(({ transitions }) => transitions), 'none flaps');
        assert.deepEqual(failed, []);
        return took;
    } finally {
        for (const stop of stopping) await stop();
        for (const one of backends) await one.close();
    }
}

test(`ten backends and vmcp in any order, ${seeds.length} seeds`, { timeout: 300_000 }, async (t) => {
    const times = [];
    const queue = [...seeds];
    const worker = async () => {
        for (let seed = queue.shift(); seed !== undefined; seed = queue.shift())
            times.push(await world(seed).catch((error) => { throw new Error(`seed ${seed} (VMCP_SEED=${seed} repeats it): ${error.message}`); }));
    };
    await Promise.all(Array.from({ length: together }, worker));
    times.sort((a, b) => a - b);
    t.diagnostic(`all ten healthy after the last one was good: median ${times[times.length >> 1]} ms, most ${times.at(-1)} ms`);
});
