// A TCP relay that keeps what comes back: every byte that a program answered, whatever client asked.
import net from 'node:net';
import { later } from './setup.mjs';

// Passes connections on to `port` of this machine. Returns {port, text}: what was answered on all of them.
export async function recording(t, port) {
    const answered = [];
    const sockets = new Set();
    const server = net.createServer({ allowHalfOpen: true }, (client) => {
        const upstream = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        client.setNoDelay(true);
        upstream.setNoDelay(true);
        upstream.on('data', (data) => answered.push(data));
        for (const [one, other] of [[client, upstream], [upstream, client]]) {
            sockets.add(one);
            one.pipe(other);
            one.on('error', () => other.destroySoon());
            one.on('close', () => {
                sockets.delete(one);
                other.destroySoon();
            });
        }
    });
    await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    later(t, async () => {
        for (const one of sockets) one.destroy();
        server.close();
    });
    return { port: server.address().port, get text() { return Buffer.concat(answered).toString('latin1'); } };
}
