// TLS on both sides: the listener with its own certificate, and backends whose certificate must come from the configured
// authority and carry the name in the URL.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { after, before, describe, test } from 'node:test';
import { Authority } from './lib/certificates.mjs';
import { until } from './lib/process.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';

const tools = [toolDefinition('one')];
let ours;
let foreign;

before(() => {
    ours = new Authority();
    foreign = new Authority();
});

after(() => {
    ours.remove();
    foreign.remove();
});

describe('a backend over TLS', () => {
    const server = (authority, names) => {
        const { key, cert } = authority.issue(names);
        return { tools, tls: { key, cert } };
    };

    test('whose certificate comes from the configured authority is served', async (t) => {
        const backend = await stub(t, server(ours, 'DNS:localhost'));
        const vmcp = await gateway(t, { stub: { url: backend.url, caBundlePath: ours.certificate } });
        const client = await rawClient(t, vmcp);
        const { message } = await client.request('tools/call', { name: 'stub_one' });
        assert.equal(message.result.content[0].text, 'stub:one');
    });

    test('the server name is sent', async (t) => {
        const names = [];
        const options = server(ours, 'DNS:localhost');
        options.tls.SNICallback = (name, done) => {
            names.push(name);
            done(null);
        };
        const backend = await stub(t, options);
        await gateway(t, { stub: { url: backend.url, caBundlePath: ours.certificate } });
        assert.ok(names.includes('localhost'), names.join());
    });

    for (const [title, why, make] of [
        ['from a foreign authority', /not accepted: (unable to get|self-signed)/, () => ({ options: server(foreign, 'DNS:localhost'), ca: ours.certificate })],
        ['for another name', /not accepted: hostname mismatch/, () => ({ options: server(ours, 'DNS:other.example'), ca: ours.certificate })],
        ['that only the system would have to know', /not accepted: unable to get local issuer/, () => ({ options: server(ours, 'DNS:localhost'), ca: undefined })],
    ])
        test(`with a certificate ${title} is refused, with a reason, and gets no request`, async (t) => {
            const { options, ca } = make();
            const backend = await stub(t, options);
            const vmcp = await gateway(t, { stub: { url: backend.url, ...(ca ? { caBundlePath: ca } : {}) } }, { ready: false });
            await until('the reason', () => why.test(vmcp.program.stderr));
            assert.equal(backend.log.length, 0);
            assert.notEqual((await vmcp.status()).backends[0].health, 'healthy');
        });
});

describe('the listener over TLS', () => {
    function ask(port, ca, { path = '/health', ...options } = {}) {
        return new Promise((resolve, reject) => {
            https.get({ host: '127.0.0.1', servername: 'localhost', headers: { host: 'localhost' }, port, path, ca, ...options }, (response) => {
                const protocol = response.socket.getProtocol();
                response.resume();
                response.on('end', () => resolve({ status: response.statusCode, protocol }));
            }).once('error', reject);
        });
    }

    test('speaks TLS 1.2 and 1.3, nothing older, and no plain HTTP', async (t) => {
        const { certificatePath, keyPath } = ours.issue('DNS:localhost,IP:127.0.0.1');
        const backend = await stub(t, { tools });
        const vmcp = await gateway(t, { stub: backend.url }, { config: { listener: { tls: { certificatePath, keyPath } } }, ready: false });
        const ca = readFileSync(ours.certificate);
        assert.equal((await ask(vmcp.port, ca)).status, 200);
        assert.equal((await ask(vmcp.port, ca, { minVersion: 'TLSv1.3' })).protocol, 'TLSv1.3');
        assert.equal((await ask(vmcp.port, ca, { maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2');
        await assert.rejects(ask(vmcp.port, ca, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
        await assert.rejects(ask(vmcp.port, readFileSync(foreign.certificate)), /certificate/);
        await assert.rejects(fetch(`http://127.0.0.1:${vmcp.port}/health`));
    });
});
