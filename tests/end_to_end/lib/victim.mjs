// Starts lib/fault_server.mjs and tells it how to fail.
import { execFileSync, fork } from 'node:child_process';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { within } from './process.mjs';
import { ownAddress } from './stub.mjs';

const script = fileURLToPath(new URL('./fault_server.mjs', import.meta.url));
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export class Victim {
    // Options: names of its backends (each has its own port), tls ({key, cert} as text), backlog, wrap (a command
    // that runs the command after it), host.
    static async start({ wrap = [], host = ownAddress(), ...options } = {}) {
        const [execPath, ...execArgv] = [...wrap, process.execPath];
        const victim = new Victim();
        victim.host = host;
        victim.child = fork(script, [JSON.stringify({ host, ...options })], { execPath, execArgv });
        running.add(victim.child);
        victim.waiting = []; // who waits for an answer, in order
        victim.child.on('message', (answer) => victim.waiting.shift().resolve(answer));
        victim.child.once('exit', () => {
            running.delete(victim.child);
            for (const { reject } of victim.waiting.splice(0)) reject(new Error('the backend process ended'));
        });
        victim.ports = Object.fromEntries((await victim.tell('where')).map(({ name, port }) => [name, port]));
        victim.port = Object.values(victim.ports)[0];
        return victim;
    }

    tell(...message) {
        const answered = new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
        this.child.send(message);
        return within(5000, `${message[0]} at the backend`, answered);
    }

    url(name, host = this.host) {
        return `http://${host}:${name ? this.ports[name] : this.port}/mcp`;
    }

    freeze() {
        this.child.kill('SIGSTOP');
    }

    thaw() {
        this.child.kill('SIGCONT');
    }

    // Frozen, with connections in its queue until the kernel drops every further attempt without a word.
    async blackhole() {
        this.freeze();
        this.queued = [];
        for (let full = false; !full && this.queued.length < 64;) {
            const socket = net.connect(this.port, this.host);
            socket.on('error', () => {});
            this.queued.push(socket);
            full = await new Promise((resolve) => {
                const timer = setTimeout(() => resolve(true), 300);
                socket.once('connect', () => {
                    clearTimeout(timer);
                    resolve(false);
                });
            });
        }
    }

    async openAgain() {
        for (const socket of this.queued) socket.destroy();
        this.thaw();
    }

    async stop() {
        this.child.kill('SIGKILL');
        if (running.has(this.child)) await new Promise((resolve) => this.child.once('exit', resolve));
    }
}

// Why a network of the test's own cannot be had here; false when it can. For the `skip` option of a test.
export const noNetwork = (() => {
    try {
        execFileSync('unshare', ['-n', 'sh', '-c', 'ip link add vt0 type veth peer name vt1 && ip route show'], { stdio: 'pipe' });
        return false;
    } catch (error) {
        return `cannot make a network of its own (unshare -n and ip need root and iproute2): ${String(error.stderr ?? error).trim().split('\n')[0]}`;
    }
})();

// A victim on a network of its own. silence() blocks the way back, so that it hears everything and nobody hears it.
export async function startFarVictim() {
    const block = 1 + (process.pid % 250);
    const [near, far] = [`10.213.${block}.1`, `10.213.${block}.2`];
    const victim = await Victim.start({ wrap: ['unshare', '-n'], host: '0.0.0.0' });
    victim.host = far;
    const ip = (...args) => execFileSync('ip', args, { stdio: 'pipe' });
    const farIp = (...args) => execFileSync('nsenter', ['-t', String(victim.child.pid), '-n', 'ip', ...args], { stdio: 'pipe' });
    const name = `vm${process.pid % 100000}`;
    try {
        ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'far0', 'netns', String(victim.child.pid));
        ip('addr', 'add', `${near}/30`, 'dev', name);
        ip('link', 'set', name, 'up');
        farIp('addr', 'add', `${far}/30`, 'dev', 'far0');
        farIp('link', 'set', 'far0', 'up');
    } catch (error) {
        await victim.stop();
        throw error;
    }
    victim.silence = () => farIp('route', 'add', 'blackhole', `${near}/32`);
    victim.speak = () => farIp('route', 'del', 'blackhole', `${near}/32`);
    return victim;
}
