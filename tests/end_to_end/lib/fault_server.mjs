// A backend in a process of its own that fails in the ways that need one: run by lib/victim.mjs, which tells it over
// the process's channel how to behave. Its options come as JSON in the first argument.
import { Stub } from './stub.mjs';
import { toolDefinition } from './setup.mjs';

const { host, backlog, tls, names = ['one'] } = JSON.parse(process.argv[2]);
const json = { 'content-type': 'application/json' };
const timers = new Set();

function repeat(ms, what) {
    const timer = setInterval(what, ms);
    timers.add(timer);
}

const faults = {
    good: () => false,
    unavailable: (exchange) => exchange.status(503, 'upstream connect error', { 'content-type': 'text/plain' }),
    missing: (exchange) => exchange.status(404, '404 page not found', { 'content-type': 'text/plain' }),
    cut: ({ response }) => {
        response.writeHead(200, { ...json, 'content-length': '1000' });
        response.write('{"jsonrpc":"2.0",', () => response.socket?.resetAndDestroy());
    },
    drip: ({ response }) => {
        response.writeHead(200, json);
        const text = `{"jsonrpc":"2.0","id":1,"result":{"pad":"${'x'.repeat(100_000)}"}}`;
        let at = 0;
        repeat(50, () => response.destroyed || response.write(text[at++]));
    },
    garbage: (exchange) => exchange.status(200, '{"jsonrpc":"2.0","id":1,"result":{"tools":[}', json),
    noise: ({ response }) => {
        response.socket.write(Buffer.from('\x00\x15\xff\xfeSSH-2.0-OpenSSH_9.2\r\n\x00\x00', 'latin1'));
        response.socket.destroySoon();
    },
    endless: ({ response }) => {
        response.writeHead(200, json);
        response.write('{"jsonrpc":"2.0","id":1,"result":{"pad":"');
        const chunk = 'x'.repeat(64 * 1024);
        const more = () => {
            while (!response.destroyed && response.write(chunk));
            if (!response.destroyed) response.once('drain', more);
        };
        more();
    },
};

let fault = 'good';
const stubs = names.map((name) => new Stub({ name, host, tls, tools: [toolDefinition('echo')], prompts: [{ name: 'greet' }] }));
for (const stub of stubs) {
    stub.intercept = (exchange) => {
        stub.log.length = 0; // nobody reads it here
        return fault !== 'good' && (faults[fault](exchange), true);
    };
    stub.on('prompts/get', (exchange) => exchange.result({ messages: [] }));
    stub.backlog = backlog;
    await stub.listen();
}

// The messages are [command, ...arguments]; each is answered with its result.
const commands = {
    where: () => stubs.map(({ name, port }) => ({ name, port })),
    become: (name) => {
        for (const timer of timers) clearInterval(timer);
        timers.clear();
        fault = name;
    },
    close: () => Promise.all(stubs.map((stub) => stub.close())),
    listen: () => Promise.all(stubs.map((stub) => stub.listen(stub.port))).then(() => null),
    drop: () => stubs.forEach((stub) => stub.server.closeAllConnections()),
    // As after a power cut: connections and sessions are gone, and (the way back being blocked) nobody was told.
    forget: () => stubs.forEach((stub) => {
        for (const socket of stub.sockets) socket.resetAndDestroy();
        stub.sessions.clear();
    }),
    sessions: () => Object.fromEntries(stubs.map(({ name, sessions }) => [name, sessions.size])),
    certificate: (context) => stubs.forEach((stub) => stub.server.setSecureContext(context)),
};
process.on('message', async ([command, ...args]) => process.send((await commands[command](...args)) ?? null));
process.on('disconnect', () => process.exit());
