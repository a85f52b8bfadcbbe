// asan: no (time limits)
// A backend with very many tools.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get } from './lib/admin.mjs';
import { until } from './lib/process.mjs';
import { gateway, stub, toolDefinition } from './lib/setup.mjs';

const tools = [toolDefinition('one')];

// Looked at beside a gateway that does nothing, at the same moments: what holds this machine up holds up both.
test('a hundred thousand tools do not hold the control thread up', { timeout: 120_000 }, async (t) => {
    const slower = 10;
    const noise = 150; // ms
    const raw = Array.from({ length: 100_000 }, (_, i) => `{"name":"tool_${i}","inputSchema":{"type":"object"}}`);
    const list = `{"tools":[${raw.join(',')}]}`;
    const backend = await stub(t, { name: 'one', tools });
    const few = await stub(t, { name: 'few', tools });
    const idle = await gateway(t, { few: few.url });
    const vmcp = await gateway(t, { one: backend.url }, { config: { limits: { maxListEntries: 500_000 } } });
    const longest = [0, 0];
    const bad = [];
    let over = false;
    const look = async ({ base }, i) => {
        const began = performance.now();
        const answer = await get(`${base}/readyz?verbose`);
        longest[i] = Math.max(longest[i], performance.now() - began);
        if (answer.status !== 200) bad.push(answer.text);
    };
    const looking = (async () => {
        while (!over) await Promise.all([vmcp, idle].map(look));
    })();
    backend.on('tools/list', (exchange) => exchange.result(list));
    backend.push({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    await until('the tools', async () => /^vmcp_catalogue_entries\{kind="tools"\} 100000$/m.test((await get(`${vmcp.base}/metrics`)).text), 60_000)
        .finally(() => (over = true));
    await looking;
    assert.deepEqual(bad, []);
    const [busy, still] = longest;
    const figures = `the longest look took ${Math.round(busy)} ms, at an idle gateway ${Math.round(still)} ms`;
    t.diagnostic(figures);
    assert.ok(busy <= Math.max(slower * still, noise), figures);
    assert.equal(JSON.parse((await get(`${vmcp.base}/status`)).text).hidden_total, 0, 'all of them are taken');
});
