// Certificates of clients at the listener, and access tokens that are bound to one (RFC 8705).
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { Authority } from './lib/certificates.mjs';
import { issuer, resource, rulesOf } from './lib/guarded.mjs';
import { newKey } from './lib/issuer.mjs';
import { startVmcp, configFor } from './lib/vmcp.mjs';
import { later, stub, toolDefinition } from './lib/setup.mjs';

let ours;
let foreign;
let key;
before(async () => {
    [ours, foreign] = [new Authority(), new Authority()];
    key = await newKey('first');
});
after(() => [ours, foreign].forEach((one) => one.remove()));

// An initialize over TLS. options: {cert, key} of the client, agent.
function enter(port, token, options = {}) {
    const body = JSON.stringify({
        jsonrpc: '2.0', id: 1, method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
    });
    return new Promise((resolve, reject) => {
        const request = https.request({
            host: '127.0.0.1', servername: 'localhost', port, path: '/mcp', method: 'POST', ca: readFileSync(ours.certificate), ...options,
            headers: {
                host: 'localhost', accept: 'application/json, text/event-stream', 'content-type': 'application/json', 'content-length': Buffer.byteLength(body),
                ...(token && { authorization: `Bearer ${token}` }),
            },
        }, (response) => {
            response.resume();
            response.on('end', () => resolve({ status: response.statusCode, challenge: response.headers['www-authenticate'] }));
        });
        request.once('error', reject).end(body);
    });
}

async function serving(t, tls, incoming) {
    const { certificatePath, keyPath } = ours.issue('DNS:localhost,IP:127.0.0.1');
    const backend = await stub(t, { tools: [toolDefinition('one')] });
    const started = await startVmcp(configFor([{ name: 'stub', url: backend.url }], {
        listener: { tls: { certificatePath, keyPath, clientCaPath: ours.certificate, ...tls } }, ...(incoming && { incomingAuth: incoming }),
    }), { ready: false });
    later(t, () => started.stop());
    return started;
}

const thumbprint = ({ cert }) => createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url');

test('a token that is bound to a certificate is good for who shows it', async (t) => {
    const of = await issuer(t, [key]);
    const started = await serving(t, { clientAuth: 'optional' }, rulesOf(of));
    const alice = ours.issue('DNS:alice');
    const bob = ours.issue('DNS:bob');
    const bound = await of.forge({ aud: resource, cnf: { 'x5t#S256': thumbprint(alice) } });
    assert.equal((await enter(started.port, bound, alice)).status, 200);
    // A resumed session of TLS keeps what was shown.
    const agent = new https.Agent({ keepAlive: false, maxCachedSessions: 10 });
    for (let i = 0; i < 3; i += 1) assert.equal((await enter(started.port, bound, { ...alice, agent })).status, 200);
    for (const other of [{}, bob]) {
        const { status, challenge } = await enter(started.port, bound, other);
        assert.equal(status, 401);
        assert.match(challenge, /^Bearer error="invalid_token"/);
    }
    const free = await of.token({ resource });
    assert.equal((await enter(started.port, free)).status, 200);
    await assert.rejects(enter(started.port, free, foreign.issue('DNS:alice')), 'a certificate of somebody else');
});

test('who shows no certificate is not let in where one is required', async (t) => {
    const started = await serving(t, {});
    assert.equal((await enter(started.port, undefined, ours.issue('DNS:alice'))).status, 200);
    await assert.rejects(enter(started.port));
    await assert.rejects(enter(started.port, undefined, { maxVersion: 'TLSv1.2' }));
});

test('without client certificates a bound token is refused', async (t) => {
    const of = await issuer(t, [key]);
    const started = await serving(t, { clientCaPath: undefined }, rulesOf(of));
    const alice = ours.issue('DNS:alice');
    const bound = await of.forge({ aud: resource, cnf: { 'x5t#S256': thumbprint(alice) } });
    const { status, challenge } = await enter(started.port, bound, alice);
    assert.equal(status, 401);
    assert.match(challenge, /invalid_token/);
});
