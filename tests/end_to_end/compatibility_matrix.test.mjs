// Every client with every kind of backend, feature by feature; what comes of it is docs/compatibility-matrix.md.
// VMCP_UPDATE_DOCS=1 writes the page.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startFixture } from '../conformance/fixture.mjs';
import { matrixTools } from '../conformance/fixture_matrix.mjs';
import { startModernFixture } from '../conformance/modern_fixture.mjs';
import { clients, enter, features } from './lib/matrix.mjs';
import { configFor, repository, startVmcp } from './lib/vmcp.mjs';
import { textOf } from './lib/peers.mjs';

const page = join(repository, 'docs/compatibility-matrix.md');
const program = fileURLToPath(new URL('../conformance/fixture_matrix.mjs', import.meta.url));
const all = { extras: true, asking: true, more: matrixTools };
const served = (fixture, more = {}) => ({
    definition: { url: fixture.url, ...more }, close: () => fixture.close(), cancelled: async () => fixture.state.cancelled,
});

// How each kind is started.
const backends = {
    'sessions (2025-11-25)': async () => served(await startFixture(all)),
    'stateless (2026-07-28)': async () => served(await startModernFixture(), { era: 'modern' }),
    'both': async () => served(await startModernFixture({ dual: true }), { era: 'auto' }),
    'HTTP+SSE': async () => served(await startFixture({ ...all, sse: true }), { transport: 'sse' }),
    'program (stdio)': async () => ({
        definition: { transport: 'stdio', command: process.execPath, args: [program] },
        close: async () => {},
        cancelled: async (client) => JSON.parse(textOf(await client.call('fixture_seen', {}))).cancelled,
    }),
};

const outcome = {};

for (const [kind, start] of Object.entries(backends)) {
    describe(kind, () => {
        let backend;
        let gateway;
        before(async () => {
            backend = await start();
            gateway = await startVmcp(configFor([{ name: 'fixture', ...backend.definition }]));
        });
        after(async () => {
            await gateway?.stop();
            await backend?.close();
        });
        for (const name of Object.keys(clients))
            describe(name, () => {
                let client;
                before(async () => {
                    client = await enter(name, gateway.url);
                });
                after(() => client?.close());
                for (const [feature, check] of Object.entries(features))
                    test(feature, async () => {
                        await check(client, { tag: `${kind}, ${name}`, cancelled: () => backend.cancelled(client) });
                        ((outcome[name] ??= {})[kind] ??= new Set()).add(feature);
                    });
            });
    });
}

function written() {
    const kinds = Object.keys(backends);
    const lines = ['# What works between which client and which backend', '',
        'Written by `tests/end_to_end/compatibility_matrix.test.mjs`, which does each of these with the official SDKs. Columns are what the',
        'backend speaks, rows what the client is; a cell lists what does *not* work there.', '',
        `Tried in each cell: ${Object.keys(features).join(', ')}.`, '',
        `| Client | ${kinds.join(' | ')} |`, `|---|${kinds.map(() => '---|').join('')}`];
    for (const name of Object.keys(clients)) {
        const cells = kinds.map((kind) => {
            const missing = Object.keys(features).filter((feature) => !outcome[name]?.[kind]?.has(feature));
            return missing.length === 0 ? 'all' : missing.join(', ');
        });
        lines.push(`| ${name} | ${cells.join(' | ')} |`);
    }
    return `${lines.join('\n')}\n`;
}

test('the page says the same', async () => {
    if (process.env.VMCP_UPDATE_DOCS) await writeFile(page, written());
    assert.equal(written(), await readFile(page, 'utf8'));
});
