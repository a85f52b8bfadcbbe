// A name server of the test's own, and a way to start vmcp so that it, and only it, asks that server: a private
// mount namespace in which /etc/resolv.conf is another file. It needs root, as containers and CI have it.
import { execFileSync } from 'node:child_process';
import dgram from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownAddress } from './stub.mjs';

// Why names cannot be tested here; false when they can. For the `skip` option of a test.
export const noNames = (() => {
    try {
        execFileSync('unshare', ['-m', 'sh', '-c', 'mount --bind /etc/hosts /etc/resolv.conf'], { stdio: 'pipe' });
        return false;
    } catch (error) {
        return `cannot give vmcp a resolv.conf of its own (unshare -m needs root): ${String(error.stderr ?? error).trim().split('\n')[0]}`;
    }
})();

function readName(packet, from) {
    const labels = [];
    let at = from;
    while (packet[at] !== 0) {
        labels.push(packet.toString('latin1', at + 1, at + 1 + packet[at]));
        at += 1 + packet[at];
    }
    return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function header(query, { code, answers }) {
    const out = Buffer.from(query.subarray(0, 12));
    out.writeUInt16BE(0x8580 | code, 2); // an authoritative answer; recursion is available
    out.writeUInt16BE(1, 4);
    out.writeUInt16BE(answers, 6);
    out.writeUInt32BE(0, 8);
    return out;
}

function record(address) {
    const out = Buffer.alloc(16);
    out.writeUInt16BE(0xc00c, 0); // the name of the question
    out.writeUInt16BE(1, 2);
    out.writeUInt16BE(1, 4);
    out.writeUInt32BE(0, 6); // to be asked again each time
    out.writeUInt16BE(4, 10);
    address.split('.').forEach((part, i) => (out[12 + i] = Number(part)));
    return out;
}

export class NameServer {
    constructor() {
        this.records = new Map(); // name -> address, or 'nxdomain', 'servfail', 'silent'
        this.log = []; // {name, type, at}
        this.address = ownAddress();
        this.folder = mkdtempSync(join(tmpdir(), 'vmcp-dns-'));
    }

    async listen() {
        this.socket = dgram.createSocket('udp4');
        this.socket.on('message', (query, from) => this.#answer(query, from));
        await new Promise((resolve, reject) => this.socket.once('error', reject).bind(53, this.address, resolve));
        writeFileSync(join(this.folder, 'resolv.conf'), `nameserver ${this.address}\n`);
        writeFileSync(join(this.folder, 'nsswitch.conf'), 'hosts: files dns\n');
        return this;
    }

    #answer(query, from) {
        const { name, end } = readName(query, 12);
        const type = query.readUInt16BE(end);
        this.log.push({ name, type, at: Date.now() });
        const known = this.records.get(name) ?? 'nxdomain';
        if (known === 'silent') return;
        const isAddress = /^\d/.test(known) && type === 1;
        const code = { nxdomain: 3, servfail: 2 }[known] ?? 0;
        const parts = [header(query, { code, answers: isAddress ? 1 : 0 }), query.subarray(12, end + 4)];
        if (isAddress) parts.push(record(known));
        this.socket.send(Buffer.concat(parts), from.port, from.address);
    }

    lookups(name, since = 0) {
        return this.log.filter((one) => one.name === name && one.at >= since).length;
    }

    // Put before a command: it then sees this server only.
    get wrap() {
        const script = 'mount --bind "$0/resolv.conf" /etc/resolv.conf && mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf && exec "$@"';
        return ['unshare', '-m', 'sh', '-c', script, this.folder];
    }

    async close() {
        await new Promise((resolve) => this.socket.close(resolve));
        rmSync(this.folder, { recursive: true, force: true });
    }
}

export async function nameServer(t, later) {
    const server = await new NameServer().listen();
    later(t, () => server.close());
    return server;
}
