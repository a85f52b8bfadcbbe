// outgoingAuth with tokens: the running program, a real issuer of callers' tokens, and a token endpoint that counts.
import assert from 'node:assert/strict';
import http from 'node:http';
import { before, test } from 'node:test';
import { calls, entered, guarded, issuer, nothingLeaked, resource } from './lib/guarded.mjs';
import { newKey } from './lib/issuer.mjs';
import { until } from './lib/process.mjs';
import { later } from './lib/setup.mjs';

const secret = 'gateway-secret-that-nobody-may-see';
let key;
before(async () => (key = await newKey('first')));

// Answers with a new token each time; `asked` are the forms that came.
async function tokenEndpoint(t, of, answer = (form, n) => ({ access_token: `backend-token-${n}`, token_type: 'Bearer', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token', expires_in: 3600 })) {
    const asked = [];
    const server = http.createServer(async (request, response) => {
        let text = '';
        for await (const piece of request) text += piece;
        const form = Object.fromEntries(new URLSearchParams(text));
        asked.push({ ...form, authorization: request.headers.authorization });
        const body = answer(form, asked.length);
        if (body.access_token) of.exchanged.push(body.access_token);
        response.writeHead(body.error ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    later(t, async () => { server.closeAllConnections(); server.close(); });
    return { asked, url: `http://127.0.0.1:${server.address().port}/token`, of: (grant) => asked.filter((one) => one.grant_type.endsWith(grant)) };
}

const exchanging = (at) => ({
    outgoingAuth: {
        source: 'inline',
        default: { type: 'token_exchange', tokenExchange: { tokenUrl: at.url, clientId: 'gw', clientSecret: secret, audience: 'notes' } },
    },
});

test('a token is exchanged once for 1,000 calls, and the caller\'s own never reaches the backend', async (t) => {
    const of = await issuer(t, [key]);
    const at = await tokenEndpoint(t, of);
    const started = await guarded(t, of, { config: exchanging(at) });
    const token = await of.token({ resource });
    const client = await calls(started, token);
    for (let i = 0; i < 1000; i += 1) {
        const { message } = await client.request('tools/call', { name: 'notes_echo', arguments: {} });
        assert.ok(message.result, JSON.stringify(message));
    }
    assert.equal(at.of('token-exchange').length, 1);
    assert.equal(at.of('token-exchange')[0].subject_token, token);
    assert.equal(at.of('token-exchange')[0].audience, 'notes');
    assert.equal(at.of('token-exchange')[0].authorization, `Basic ${Buffer.from(`gw:${secret}`).toString('base64')}`);
    assert.equal(at.of('client_credentials').length, 1, 'for probes and lists');
    const second = await calls(started, await of.token({ resource }));
    await second.request('tools/call', { name: 'notes_echo', arguments: {} });
    assert.equal(at.of('token-exchange').length, 2, 'another caller\'s token is another exchange');
    const sent = JSON.stringify(started.backend.log.map(({ headers }) => headers));
    assert.match(sent, /Bearer backend-token-/);
    await nothingLeaked(started, of);
});

test('a refusal of the token endpoint is told without secrets', async (t) => {
    const of = await issuer(t, [key]);
    const at = await tokenEndpoint(t, of, (form) => form.grant_type === 'client_credentials'
        ? { access_token: 'token-of-the-gateways-own', token_type: 'Bearer' }
        : { error: 'invalid_grant', error_description: `not ${form.subject_token}, not ${secret}` });
    const started = await guarded(t, of, { config: exchanging(at) });
    const token = await of.token({ resource });
    const client = await entered(started, token);
    await until('the tool is listed', async () => (await client.request('tools/list', {})).message.result.tools.length > 0);
    const { message } = await client.request('tools/call', { name: 'notes_echo', arguments: {} });
    assert.match(message.error.message, /invalid_grant/);
    assert.ok(!message.error.message.includes(token));
    assert.ok(!message.error.message.includes(secret));
    assert.equal(started.backend.requests('tools/call').length, 0);
    await nothingLeaked(started, of);
});

test('a token that the backend refuses is dropped, and the call made again with a new one', async (t) => {
    const of = await issuer(t, [key]);
    const at = await tokenEndpoint(t, of);
    const started = await guarded(t, of, { config: exchanging(at) });
    const client = await calls(started, await of.token({ resource }));
    const before = at.of('token-exchange').length;
    const old = started.backend.requests('tools/call').at(-1).headers.authorization;
    started.backend.on('tools/call', (exchange) => exchange.headers.authorization === old
        ? exchange.status(401) : exchange.result({ content: [{ type: 'text', text: 'again' }] }));
    const { message } = await client.request('tools/call', { name: 'notes_echo', arguments: {} });
    assert.equal(message.result?.content[0].text, 'again', JSON.stringify(message));
    assert.equal(at.of('token-exchange').length, before + 1);
    assert.notEqual(started.backend.requests('tools/call').at(-1).headers.authorization, old);
    await nothingLeaked(started, of);
});
