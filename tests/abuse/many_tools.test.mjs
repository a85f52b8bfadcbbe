// Backends with very many tools: taking and merging them does not keep the control thread from answering.
import { test } from 'node:test';
import { assert, gateway, longestLooks, metric, onlyMeasured, sanitized, session, startAbused, stub, toolDefinition, underAbuse, until } from './lib.mjs';

// So many times as long as the looks at a gateway that does nothing, on the same machine at the same time; and what says nothing
// where that is busy otherwise.
const slower = 10;
const noise = 150;

for (const [number, most, rounds] of [[100_000, 320, 6], [500_000, 1000, 1]])
    test(`${number} tools`, { timeout: 300000 }, async (t) => {
        const many = await stub(t, { name: 'many', tools: [toolDefinition('few')] });
        const few = await stub(t, { name: 'few', tools: [toolDefinition('one')] });
        const idle = await gateway(t, { few: few.url });
        const vmcp = await startAbused(t, { many: many.url }, {
            config: { limits: { maxListEntries: 500_000, maxListBytes: '256MiB', memory: '3GiB' } },
        });
        const entries = Array.from({ length: number }, (_, i) => `{"name":"t${i}","inputSchema":{"type":"object"}}`);
        const texts = Array.from({ length: rounds }, () => {
            const text = `{"tools":[${entries.join(',')}]}`;
            entries.push(`{"name":"more${entries.length}","inputSchema":{"type":"object"}}`);
            return text;
        });
        await underAbuse(t, `${number} tools`, vmcp, async () => {
            const shown = () => metric(vmcp, 'vmcp_catalogue_entries{kind="tools"}');
            const [busy, still] = await longestLooks(vmcp, [vmcp, idle], async () => {
                for (const [round, text] of texts.entries()) {
                    many.on('tools/list', (exchange) => exchange.result(text));
                    many.push({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
                    await until('they are listed', async () => (await shown()) > number + round, 120000);
                }
            });
            const figures = `the longest look at /readyz took ${busy.toFixed(0)} ms, at an idle gateway ${still.toFixed(0)} ms`;
            if (onlyMeasured || sanitized) return figures;
            assert.ok(busy <= Math.max(slower * still, noise), figures);
            const { message } = await (await session(vmcp)).request('tools/list', {});
            assert.ok(message.result.tools.length > 0);
            return figures;
        }, { most });
    });
