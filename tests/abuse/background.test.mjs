// What the gateway does besides calls, driven by a client's notifications and by a backend's announcements.
import { test } from 'node:test';
import { assert, onlyMeasured, session, sleep, startAbused, stub, toolDefinition, underAbuse, until } from './lib.mjs';

test('1,600 roots/list_changed where maxConcurrency is 10', { timeout: 120000 }, async (t) => {
    const one = await stub(t, { name: 'one', tools: [toolDefinition('t')] });
    let running = 0;
    let most = 0;
    one.on('notifications/roots/list_changed', (exchange) => {
        most = Math.max(most, ++running);
        setTimeout(() => {
            running -= 1;
            exchange.status(202);
        }, 100);
    });
    const vmcp = await startAbused(t, { one: { url: one.url, maxConcurrency: 10 } });
    await underAbuse(t, '1,600 roots/list_changed, maxConcurrency 10', vmcp, async () => {
        const clients = [];
        for (let i = 0; i < 160; ++i) {
            const client = await session(vmcp, { capabilities: { roots: { listChanged: true } } });
            await client.request('tools/call', { name: 'one_t', arguments: {} });
            clients.push(client);
        }
        for (let round = 0; round < 10; ++round)
            for (const status of await Promise.all(clients.map((client) => client.notify('notifications/roots/list_changed'))))
                assert.equal(status, 202);
        await until('all are over', () => running === 0, 60000);
        await sleep(500);
        const passed = one.requests('notifications/roots/list_changed').length;
        const figures = `${most} at once, ${passed} passed on`;
        if (onlyMeasured) return figures;
        assert.ok(most <= 10, figures);
        assert.ok(passed >= 160 && passed <= 1600, `${figures}: the newest of each session comes`);
        return figures;
    });
});

test('a backend that says all the time that its lists changed', { timeout: 120000 }, async (t) => {
    const one = await stub(t, { name: 'one', tools: [toolDefinition('t')] });
    const vmcp = await startAbused(t, { one: one.url });
    await underAbuse(t, 'a storm of list_changed, 8 s', vmcp, async () => {
        const client = await session(vmcp);
        const heard = await client.openStream();
        await until('its stream', () => one.streams.size > 0);
        const before = one.requests('tools/list').length;
        let tool = 0;
        const began = Date.now();
        for (; Date.now() - began < 8000; await sleep(5)) {
            one.tools = [JSON.stringify(toolDefinition(`t${++tool}`))]; // each reading finds another list
            one.push({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
        }
        const seconds = (Date.now() - began) / 1000;
        const readings = one.requests('tools/list').length - before;
        const told = heard.events.filter(({ data }) => data?.includes('tools/list_changed')).length;
        heard.destroy();
        const figures = `${(readings / seconds).toFixed(1)} readings/s, ${(told / seconds).toFixed(1)} notifications/s`;
        if (onlyMeasured) return figures;
        assert.ok(readings >= 3 && readings <= 5 + 2 * seconds, figures);
        assert.ok(told >= 3 && told <= 5 + 2 * seconds, figures);
        return figures;
    });
});
