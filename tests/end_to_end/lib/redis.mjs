// A real Redis for tests, and what stands in front of several gateways: a balancer that knows no sessions.
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './peers.mjs';
import { Program, run, until } from './process.mjs';
import { later } from './setup.mjs';

// redis-server with nothing on disk. options: more lines of its configuration, as arguments.
export class Redis {
    constructor(port, folder, options, { tls }) {
        Object.assign(this, { port, folder, options, tls });
        this.address = `127.0.0.1:${port}`;
    }

    async start() {
        const listening = this.tls
            ? ['--port', '0', '--tls-port', String(this.port), '--tls-cert-file', this.tls.certificatePath, '--tls-key-file', this.tls.keyPath, '--tls-auth-clients', 'no', '--tls-ca-cert-file', this.tls.ca]
            : ['--port', String(this.port)];
        this.program = new Program('redis-server', [...listening, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.folder, ...this.options]);
        await until('redis-server listens', () => {
            if (!this.program.alive) throw new Error(this.program.output);
            return this.program.stdout.includes('Ready to accept connections');
        });
    }

    // Without a word to anybody, and with all its data.
    async kill() {
        this.program.child.kill('SIGKILL');
        await this.program.exited;
    }

    // Stops answering, without closing anything.
    freeze() {
        this.program.child.kill('SIGSTOP');
    }

    thaw() {
        this.program.child.kill('SIGCONT');
    }

    async command(...args) {
        const { stdout } = await run('redis-cli', ['-p', String(this.port), ...args]);
        return stdout.trim();
    }

    // Every key and every value, as text.
    async everything() {
        const keys = (await this.command('KEYS', '*')).split('\n').filter(Boolean);
        return Promise.all(keys.map(async (key) => `${key} ${await this.command('GET', key)}`));
    }
}

export async function redis(t, options = [], { tls } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'vmcp-redis-'));
    const started = new Redis(await freePort(), folder, options, { tls });
    await started.start();
    later(t, async () => {
        if (started.program.alive) {
            started.thaw();
            await started.kill();
        }
        await rm(folder, { recursive: true, force: true });
    });
    return started;
}

// Passes each request to the next of some ports; a port where nobody listens is passed over. `seen`: who got what.
export async function balancer(t, ports) {
    let next = 0;
    const seen = [];
    const pass = (request, response, body, tries) => {
        const port = ports[next++ % ports.length];
        const onward = http.request({ port, host: '127.0.0.1', method: request.method, path: request.url, headers: request.headers, agent: false }, (answer) => {
            seen.push({ port, method: request.method, status: answer.statusCode });
            response.writeHead(answer.statusCode, answer.headers);
            response.flushHeaders();
            answer.pipe(response);
            answer.on('error', () => response.destroy());
        });
        onward.on('error', (error) => {
            if (error.code === 'ECONNREFUSED' && tries < ports.length) pass(request, response, body, tries + 1);
            else response.destroy();
        });
        response.on('close', () => onward.destroy());
        onward.end(body);
    };
    const server = http.createServer((request, response) => {
        const chunks = [];
        request.on('data', (one) => chunks.push(one));
        request.on('end', () => pass(request, response, Buffer.concat(chunks), 1));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    later(t, async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
    });
    return { url: `http://127.0.0.1:${server.address().port}/mcp`, seen };
}

// A port on which connections are taken and nothing is ever said.
export async function silent(t) {
    const sockets = new Set();
    const server = net.createServer((socket) => sockets.add(socket.on('error', () => {})));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    later(t, async () => {
        for (const one of sockets) one.destroy();
        await new Promise((resolve) => server.close(resolve));
    });
    return server.address().port;
}
