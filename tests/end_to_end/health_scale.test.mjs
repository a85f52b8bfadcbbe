// asan: no (load)
// A thousand healthy backends: what their probes cost.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gateway, later } from './lib/setup.mjs';
import { Victim } from './lib/victim.mjs';

// VMCP_FULL=1 takes a minute at the default interval; otherwise ten times as many probes are made in a tenth of the time.
const full = process.env.VMCP_FULL === '1';
const [interval, seconds] = full ? [30, 60] : [3, 6];
const count = 1000;

// Processor time of a process in seconds; the kernel counts in hundredths.
function used(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
}

test(`${count} healthy backends, probed every ${interval} s`, async (t) => {
    const server = await Victim.start({ names: ['many'] });
    later(t, () => server.stop());
    const backends = Object.fromEntries(Array.from({ length: count }, (_, i) => [`b${i}`, `http://${server.host}:${server.port}/${i}/mcp`]));
    // Lists are read again once a minute by default; here it is about the probes.
    const operational = { catalogRefresh: '24h', failureHandling: { healthCheckInterval: `${interval}s`, healthCheckTimeout: `${interval - 1}s` } };
    const began = Date.now();
    const vmcp = await gateway(t, backends, { config: { operational }, readyMs: 60_000 });
    const readyAfter = Date.now() - began;
    const { pid } = vmcp.program.child;
    await sleep(interval * 1000);
    const before = await vmcp.status();
    const usedBefore = used(pid);
    await sleep(seconds * 1000);
    const share = (used(pid) - usedBefore) / seconds;
    const after = await vmcp.status();
    const checks = (status) => status.backends.reduce((sum, row) => sum + row.checks, 0);
    const probes = (checks(after) - checks(before)) / seconds;
    t.diagnostic(`all healthy after ${readyAfter} ms; ${probes.toFixed(1)} probes/s, ${(100 * share).toFixed(2)} % of a core`);
    assert.ok(after.backends.every(({ health }) => health === 'healthy'));
    const wanted = count / interval;
    assert.ok(probes > 0.8 * wanted && probes < 1.2 * wanted, `${probes} probes a second`);
    // The aim is 2 % of a core at 30 s.
    assert.ok(share < (full ? 0.02 : 0.2), `${(100 * share).toFixed(2)} % of a core`);
});
