// asan: no (load)
// Reloads with changing membership under load: no call to an untouched backend fails or is even set up anew, and memory
// does not grow. VMCP_FULL=1 makes it 100 reloads in a minute at 500 calls a second.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './lib/process.mjs';
import { RawClient } from './lib/raw_client.mjs';
import { gateway, later, rawClient } from './lib/setup.mjs';
import { configFor } from './lib/vmcp.mjs';
import { Victim } from './lib/victim.mjs';

const full = process.env.VMCP_FULL === '1';
const reloads = full ? 100 : 30;
const pause = full ? 600 : 300;
const rate = full ? 500 : 300; // calls a second

// Resident memory in KiB. What was swept into the allocator's caches counts too.
const memory = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const mib = (kib) => (kib / 1024).toFixed(1);

test(`${reloads} reloads under ${rate} calls a second`, async (t) => {
    const stays = ['stay0', 'stay1', 'stay2'];
    const moves = Array.from({ length: 10 }, (_, i) => `move${i}`);
    // In processes of their own: this one has enough to do with the calls.
    const staying = await Victim.start({ names: stays });
    later(t, () => staying.stop());
    const moving = await Victim.start({ names: moves });
    later(t, () => moving.stop());

    const failures = { operational: { failureHandling: { healthCheckInterval: '1s', healthCheckTimeout: '500ms' } } };
    const definition = (name, round) => {
        const url = (stays.includes(name) ? staying : moving).url(name);
        if (stays.includes(name)) return { name, url };
        // Joins and leaves, and changes its headers (a new definition) or its limits (the same) in between.
        return { name, url, headers: { 'X-Round': String(Math.floor(round / 4)) }, maxConcurrency: 100 + (round % 2) };
    };
    const configOf = (round) => configFor(
        [...stays, ...moves.filter((_, i) => (round * 7 + i * 3) % 5 < 3)].map((name) => definition(name, round)), failures);
    const vmcp = await gateway(t, Object.fromEntries(configOf(0).backends.map((one) => [one.name, one])), { config: failures });
    const { pid } = vmcp.program.child;

    const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
    later(t, async () => agent.destroy());
    const clients = await Promise.all(Array.from({ length: 8 }, () => rawClient(t, vmcp, { agent })));
    const streams = await Promise.all(clients.map((client) => Object.assign(new RawClient(client.url, { version: client.version }), { session: client.session }).openStream()));
    for (const stream of streams) later(t, async () => stream.destroy());
    const sessionsBefore = await staying.tell('sessions');

    const outcomes = { stays: 0, moves: 0, bad: [], unanswered: [] };
    const pending = new Set();
    let over = false;
    const load = (async () => {
        const started = performance.now();
        for (let n = 0; !over; ++n) {
            const wait = started + (n * 1000) / rate - performance.now();
            if (wait > 1) await sleep(wait);
            const untouched = n % 5 !== 0;
            const name = untouched ? stays[n % 3] : moves[n % moves.length];
            const one = clients[n % clients.length].request('tools/call', { name: `${name}_echo` }, { id: n }).then(({ status, text, message }) => {
                outcomes[untouched ? 'stays' : 'moves'] += 1;
                if (untouched && message?.result?.content[0].text !== `${name}:echo`) outcomes.bad.push(`${status} ${text}`);
                if (!untouched && !message?.result && !message?.error) outcomes.unanswered.push(`${status} ${text}`);
            }, (error) => (untouched ? outcomes.bad : outcomes.unanswered).push(`${name}: ${error.message}`));
            pending.add(one);
            one.finally(() => pending.delete(one));
        }
        await Promise.all(pending);
    })();

    const resident = [];
    for (let round = 1; round <= reloads; ++round) {
        await vmcp.rewrite(configOf(round));
        await sleep(pause);
        resident.push(memory(pid));
    }
    over = true;
    await load;
    assert.deepEqual(outcomes.bad, [], 'calls to backends that no reload touched');
    assert.deepEqual(outcomes.unanswered, [], 'calls to backends that came and went are answered, with a result or an error');
    await until('every reload is in the log', () => vmcp.program.stderr.match(/configuration reloaded/g)?.length >= reloads - 1);
    assert.ok(streams.every(({ events }) => events.some(({ data }) => data?.includes('list_changed'))));
    // One session for each client, the gateway's own, and the monitor's; a client's is made by its first call.
    const sessions = await staying.tell('sessions');
    for (const name of stays) assert.ok(sessions[name] <= sessionsBefore[name] + clients.length, `${name}: ${sessionsBefore[name]} sessions at first, ${sessions[name]} in the end`);

    const final = (await vmcp.status()).backends.map(({ name }) => name);
    assert.deepEqual(final, configOf(reloads).backends.map(({ name }) => name));
    const settled = resident[Math.floor(reloads / 4)];
    const last = resident.at(-1);
    t.diagnostic(`${outcomes.stays} calls to untouched backends, 0 failed; ${outcomes.moves} to the others; resident ` +
        `${mib(resident[0])} MiB after the first reload, ${mib(settled)} after a quarter, ${mib(last)} after the last`);
    assert.ok(last - settled < 8 * 1024, `memory grew from ${settled} to ${last} KiB in ${reloads - Math.floor(reloads / 4)} reloads`);
});
