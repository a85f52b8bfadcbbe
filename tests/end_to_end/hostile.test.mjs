// Peers that mean harm or are broken badly: huge bodies, endless streams, floods. The gateway stays up, small and useful.
import assert from 'node:assert/strict';
import http from 'node:http';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { until } from './lib/process.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';

const tools = [toolDefinition('one')];
const sanitized = (process.env.VMCP_BIN ?? '').includes('asan');

async function megabytes({ program }) {
    const status = await readFile(`/proc/${program.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) / 1024;
}

async function stillServes(vmcp) {
    const client = await rawClient(undefined, vmcp);
    const { message } = await client.request('tools/call', { name: 'good_one' });
    assert.equal(message.result.content[0].text, 'good:one');
}

async function goodAnd(t, name, options) {
    const bad = await stub(t, { name, tools, ...options });
    const good = await stub(t, { name: 'good', tools });
    return { bad, vmcp: await gateway(t, { [name]: bad.url, good: good.url }, { config: { operational: { timeouts: { default: '5s' } } } }) };
}

test('a request body of 100 MB is refused without being kept', async (t) => {
    const { vmcp } = await goodAnd(t, 'bad');
    const before = await megabytes(vmcp);
    const status = await new Promise((resolve) => {
        const request = http.request(vmcp.url, { method: 'POST', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } });
        const block = Buffer.alloc(1 << 20, 0x20);
        let left = 100;
        request.on('response', (response) => {
            response.resume();
            resolve(response.statusCode);
        });
        request.on('error', (error) => resolve(error.code));
        const write = () => {
            while (left-- > 0) if (!request.write(block)) return request.once('drain', write);
            return request.end();
        };
        write();
    });
    assert.ok(status === 413 || status === 'EPIPE' || status === 'ECONNRESET', String(status));
    if (!sanitized) assert.ok((await megabytes(vmcp)) - before < 64, `${before} MB, then ${await megabytes(vmcp)} MB`);
    await stillServes(vmcp);
});

test('a backend whose answer never ends is cut off at the limit', async (t) => {
    const { bad, vmcp } = await goodAnd(t, 'bad');
    bad.on('tools/call', (exchange) => {
        exchange.response.writeHead(200, { 'content-type': 'application/json' });
        const block = ' '.repeat(1 << 16);
        const write = () => {
            while (!exchange.response.destroyed && exchange.response.write(block));
            if (!exchange.response.destroyed) exchange.response.once('drain', write);
        };
        write();
    });
    const client = await rawClient(t, vmcp);
    const { message } = await client.request('tools/call', { name: 'bad_one' }, { ms: 30000 });
    const text = message.error?.message ?? message.result.content[0].text;
    assert.match(text, /bad/);
    if (!sanitized) assert.ok((await megabytes(vmcp)) < 400);
    await stillServes(vmcp);
});

test('a backend that streams notifications without end cannot fill the memory of a client that does not read', async (t) => {
    const { bad, vmcp } = await goodAnd(t, 'bad');
    let sent = 0;
    bad.on('tools/call', (exchange) => {
        const stream = exchange.sse();
        const note = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'error', data: 'x'.repeat(60000) } });
        const write = () => {
            while (!exchange.response.destroyed && sent < 20000) {
                ++sent;
                if (!stream.send(note)) return void exchange.response.once('drain', write);
            }
        };
        write();
    });
    const client = await rawClient(t, vmcp);
    const answer = await client.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'bad_one' } });
    answer.response.pause();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    assert.ok(sent < 20000, 'the backend is slowed down or cut off');
    if (!sanitized) assert.ok((await megabytes(vmcp)) < 400, `${await megabytes(vmcp)} MB`);
    answer.destroy();
    await stillServes(vmcp);
});

test('1,000 connections that say nothing do not keep others out', async (t) => {
    const net = await import('node:net');
    const { vmcp } = await goodAnd(t, 'bad');
    const sockets = [];
    for (let i = 0; i < 1000; ++i) {
        const socket = net.connect(vmcp.port, '127.0.0.1');
        socket.on('error', () => {});
        sockets.push(socket);
    }
    await until('they are connected', () => sockets.filter((socket) => socket.readyState === 'open').length === 1000);
    for (let i = 0; i < 5; ++i) await stillServes(vmcp);
    for (const socket of sockets) socket.destroy();
});

test('answers, cancellations and progress of one client cannot touch another', async (t) => {
    const { bad, vmcp } = await goodAnd(t, 'bad');
    let open;
    bad.on('tools/call', (exchange) => {
        open = { exchange, stream: exchange.sse() };
        open.stream.send({ jsonrpc: '2.0', id: 'q', method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } });
    });
    const victim = await rawClient(t, vmcp, { capabilities: { sampling: {} } });
    const attacker = await rawClient(t, vmcp, { capabilities: { sampling: {} } });
    const call = await victim.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'bad_one' } });
    const question = JSON.parse((await until('the question', () => call.events.find((event) => event.data))).data);
    assert.equal(await attacker.answer(question.id, { role: 'assistant', model: 'evil', content: { type: 'text', text: 'evil' } }), 202);
    assert.equal(await attacker.notify('notifications/cancelled', { requestId: 1 }), 202);
    await stillServes(vmcp);
    assert.equal(bad.requests('notifications/cancelled').length, 0);
    assert.equal(bad.answers.size, 0, 'the answer of the attacker reached nobody');
    assert.equal(await victim.answer(question.id, { role: 'assistant', model: 'good', content: { type: 'text', text: 'good' } }), 202);
    assert.equal((await bad.answerTo('q')).result.model, 'good');
    open.stream.result('{"content":[]}');
    await until('the result', () => call.events.some((event) => event.data?.includes('"result"')));
});
