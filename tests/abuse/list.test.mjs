// A backend that lists three million tools.
import { test } from 'node:test';
import { assert, onlyMeasured, session, sleep, startAbused, stub, toolDefinition, underAbuse, until } from './lib.mjs';

test('a list of three million entries', { timeout: 180000 }, async (t) => {
    const entries = new Array(3e6);
    for (let i = 0; i < entries.length; ++i) entries[i] = `{"name":"t${i}"}`;
    const text = `{"tools":[${entries.join(',')}]}`;
    entries.length = 0;
    const endless = await stub(t, { name: 'endless', tools: [toolDefinition('few')] });
    const vmcp = await startAbused(t, { endless: endless.url });
    await underAbuse(t, 'a list of 3,000,000 tools', vmcp, async () => {
        const asked = endless.requests('tools/list').length;
        endless.on('tools/list', (exchange) => exchange.result(text));
        endless.push({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
        await until('the list is asked for', () => endless.requests('tools/list').length > asked, 20000);
        if (onlyMeasured) return sleep(20000);
        const why = /limits\.(memory|maxListEntries|maxListBytes|maxBackendBody)/;
        await until('a row says what is left out', async () => why.test(JSON.stringify(await vmcp.status())) || why.test(vmcp.program.output), 60000);
        await sleep(2000);
        const client = await session(vmcp);
        const { message } = await client.request('tools/list', {});
        assert.ok(message.result.tools.some(({ name }) => name.startsWith('endless_')), 'what there is room for is listed, or what was before');
        return undefined;
    });
});
