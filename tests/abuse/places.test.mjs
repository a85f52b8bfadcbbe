// Clients that leave while a backend asks them something: their calls do not keep others from its places.
import { test } from 'node:test';
import { assert, headOf, onlyMeasured, session, sleep, Socket, startAbused, stub, toolDefinition, underAbuse, until } from './lib.mjs';

test('20 elicitations, and then the client is gone', { timeout: 120000 }, async (t) => {
    const asking = await stub(t, { name: 'asking', tools: [toolDefinition('ask'), toolDefinition('quick')] });
    asking.on('tools/call', (exchange) => {
        if (exchange.message.params.name === 'quick') return exchange.result({ content: [] });
        return exchange.sse().send({ jsonrpc: '2.0', id: `q${exchange.message.id}`, method: 'elicitation/create', params: { message: '?', requestedSchema: { type: 'object', properties: {} } } });
    });
    const vmcp = await startAbused(t, { asking: { url: asking.url, maxConcurrency: 10 } });
    await underAbuse(t, '20 elicitations and a client that leaves, maxConcurrency 10', vmcp, async () => {
        const client = await session(vmcp, { capabilities: { elicitation: {} } });
        const sockets = [];
        for (let i = 0; i < 20; ++i) {
            const body = JSON.stringify({ jsonrpc: '2.0', id: 100 + i, method: 'tools/call', params: { name: 'asking_ask', arguments: {} } });
            const socket = await Socket.open(t, vmcp);
            await socket.send(headOf(vmcp, client, { Accept: 'application/json, text/event-stream', 'Content-Length': body.length }) + body);
            sockets.push(socket);
        }
        const asked = () => sockets.filter((one) => one.text().includes('elicitation/create')).length;
        if (onlyMeasured) await sleep(5000);
        else await until('all of them are asked', () => asked() === 20, 20000);
        for (const { socket } of sockets) socket.destroy();
        const other = await session(vmcp);
        const times = [];
        for (let i = 0; i < 20; ++i) {
            const began = performance.now();
            const { status, message } = await other.request('tools/call', { name: 'asking_quick', arguments: {} }, { ms: 20000 }).catch(() => ({}));
            if (!onlyMeasured) assert.ok(status === 200 && message.result, 'a call of somebody else');
            times.push(performance.now() - began);
            if (onlyMeasured && status === undefined) break;
        }
        const figures = `${asked()} asked, a call of somebody else took ${Math.max(...times).toFixed(0)} ms at most`;
        if (!onlyMeasured) assert.ok(Math.max(...times) < 5000, figures);
        return figures;
    });
});
