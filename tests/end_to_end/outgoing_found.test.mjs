// outgoingAuth where less is given than found or trusted: an authority of our own for token endpoints, endpoints that a
// backend's 401 leads to, and roles of AWS with signed requests.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { answering, authorizationServer, closedBackend } from './lib/answers.mjs';
import { Authority } from './lib/certificates.mjs';
import { calls, entered, guarded, issuer, nothingLeaked, resource, rulesOf } from './lib/guarded.mjs';
import { newKey } from './lib/issuer.mjs';
import { until } from './lib/process.mjs';
import { gateway, later, rawClient, stub, toolDefinition } from './lib/setup.mjs';

const secret = 'gateway-secret-that-nobody-may-see';
let key;
let ours;
let foreign;
before(async () => {
    key = await newKey('first');
    [ours, foreign] = [new Authority(), new Authority()];
});
after(() => [ours, foreign].forEach((one) => one.remove()));

const token = () => [200, { access_token: 'backend-token', token_type: 'Bearer', expires_in: 3600 }];

const inline = (type, section, more) => ({ outgoingAuth: { source: 'inline', default: { type, [section]: more } } });
const own = (more) => inline('client_credentials', 'clientCredentials', { clientId: 'gw', clientSecret: secret, ...more });

// A call of a gateway that lets in everybody.
async function called(t, started) {
    const client = await rawClient(t, started);
    await until('the tool is listed', async () => (await client.request('tools/list', {})).message.result.tools.length > 0);
    const { message } = await client.request('tools/call', { name: 'notes_echo', arguments: {} });
    assert.ok(message.result, JSON.stringify(message));
}

test('a token endpoint may come from an authority of our own, which is read again when it changes', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'vmcp-bundle-'));
    later(t, async () => rmSync(folder, { recursive: true, force: true }));
    const bundle = join(folder, 'ca.pem');
    copyFileSync(foreign.certificate, bundle);
    const { key: tlsKey, cert } = ours.issue('IP:127.0.0.1');
    const at = await answering(t, { '/token': token }, { tls: { key: tlsKey, cert } });
    const backend = await stub(t, { name: 'notes', tools: [toolDefinition('echo')] });
    const started = await gateway(t, { notes: backend.url }, {
        ready: false, config: own({ tokenUrl: `${at.base}/token`, caBundlePath: bundle }),
    });
    await until('the reason', () => /certificate not accepted/.test(started.program.stderr));
    assert.equal(at.log.length, 0, 'who cannot prove who it is gets no secret');
    writeFileSync(bundle, ours.contents());
    await started.untilHealthy();
    await called(t, started);
    assert.equal(backend.requests('tools/call').at(-1).headers.authorization, 'Bearer backend-token');
    assert.ok(!started.program.output.includes(secret));
});

// ---- AWS

const sts = ({ form }) => form.WebIdentityToken
    ? [200, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>aws-secret-key</SecretAccessKey><SessionToken>aws-session-token</SessionToken>
<Expiration>${new Date(Date.now() + 3600000).toISOString()}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`, { 'content-type': 'text/xml' }]
    : [400, '<ErrorResponse><Error><Code>MissingParameter</Code></Error></ErrorResponse>', { 'content-type': 'text/xml' }];

const hmac = (by, text) => createHmac('sha256', by).update(text).digest();
const sha = (text) => createHash('sha256').update(text).digest('hex');

// What AWS does to a request: signs it anew, and compares.
function verified({ httpMethod, headers, body }) {
    const read = /^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE\/(\d+)\/eu-west-1\/aws-mcp\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '');
    if (!read) return false;
    const [, day, names, signature] = read;
    for (const name of ['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'])
        if (!names.split(';').includes(name)) return false;
    const canonical = [httpMethod, '/mcp', '', ...names.split(';').map((name) => `${name}:${headers[name]}`), '', names, sha(body)].join('\n');
    const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], `${day}/eu-west-1/aws-mcp/aws4_request`, sha(canonical)].join('\n');
    const by = ['eu-west-1', 'aws-mcp', 'aws4_request'].reduce(hmac, hmac('AWS4aws-secret-key', day));
    return hmac(by, text).toString('hex') === signature && headers['x-amz-content-sha256'] === sha(body) &&
        headers['x-amz-security-token'] === 'aws-session-token';
}

test('requests are signed with a role that the caller\'s token is traded for, once', async (t) => {
    const of = await issuer(t, [key]);
    const at = await answering(t, { '/': sts });
    const config = inline('aws_sts', 'awsSts', {
        region: 'eu-west-1', stsUrl: `${at.base}/`, fallbackRoleArn: 'arn:aws:iam::123456789012:role/r', sessionNameClaim: 'client_id',
    });
    const started = await guarded(t, of, { config });
    const caller = await of.token({ resource });
    const client = await calls(started, caller);
    for (let i = 0; i < 20; i += 1) await client.request('tools/call', { name: 'notes_echo', arguments: { i } });
    assert.equal(at.log.length, 1);
    const { form } = at.log[0];
    assert.deepEqual({ ...form, WebIdentityToken: form.WebIdentityToken === caller }, {
        Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: 'arn:aws:iam::123456789012:role/r',
        RoleSessionName: 'agent', DurationSeconds: '3600', WebIdentityToken: true,
    });
    for (const one of started.backend.requests('tools/call')) assert.ok(verified(one), JSON.stringify(one.headers));
    for (const one of started.backend.requests('initialize').filter(({ headers }) => headers.authorization)) assert.ok(verified(one));
    // Another session of AWS is asked for when this one is refused as expired.
    let refused = 0;
    started.backend.on('tools/call', (exchange) => (refused += 1) === 1
        ? exchange.json(403, '{"message":"The security token included in the request is expired"}')
        : exchange.result({ content: [{ type: 'text', text: 'again' }] }));
    const { message } = await client.request('tools/call', { name: 'notes_echo', arguments: {} });
    assert.equal(message.result?.content[0].text, 'again', JSON.stringify(message));
    assert.equal(at.log.length, 2);
    of.secrets.push('aws-secret-key');
    of.exchanged.push('aws-session-token');
    await nothingLeaked(started, of);
});

// ---- endpoints that are found

test('a token endpoint is found by the backend\'s 401', async (t) => {
    const as = await authorizationServer(t);
    const backend = await closedBackend(t, { described: { authorization_servers: [as.base] } });
    const started = await gateway(t, { notes: backend.url }, { config: own({ issuer: as.base, allowPrivateIp: true }) });
    await called(t, started);
    assert.equal(as.of('/.well-known/oauth-authorization-server').length, 1);
    const asked = as.of('/token');
    assert.equal(asked.length, 1);
    assert.equal(asked[0].form.grant_type, 'client_credentials');
    assert.equal(asked[0].form.resource, backend.url);
    assert.equal(asked[0].headers.authorization, `Basic ${Buffer.from(`gw:${secret}`).toString('base64')}`);
    assert.ok(!started.program.output.includes(secret) && !started.program.output.includes('backend-token'));
});

test('where it is found and the caller\'s token is traded, that goes to the issuer alone', async (t) => {
    const of = await issuer(t, [key]);
    const as = await authorizationServer(t);
    const backend = await closedBackend(t, { described: { authorization_servers: [as.base] } });
    const config = inline('token_exchange', 'tokenExchange', { issuer: as.base, clientId: 'gw', clientSecret: secret, allowPrivateIp: true });
    const started = await gateway(t, { notes: backend.url }, { ready: false, config: { incomingAuth: rulesOf(of), ...config } });
    await started.untilHealthy();
    const caller = await of.token({ resource });
    const client = await entered(started, caller);
    await until('the tool is listed', async () => (await client.request('tools/list', {})).message.result.tools.length > 0);
    const { message } = await client.request('tools/call', { name: 'notes_echo', arguments: {} });
    assert.ok(message.result, JSON.stringify(message));
    assert.deepEqual(as.of('/token').map(({ form }) => form.subject_token).filter(Boolean), [caller]);
    assert.ok(!JSON.stringify(backend.log.map(({ headers }) => headers)).includes(caller));
});

test('without allowPrivateIp nothing here is asked that was found', async (t) => {
    const as = await authorizationServer(t);
    const backend = await closedBackend(t, { described: { authorization_servers: [as.base] } });
    const started = await gateway(t, { notes: backend.url }, { ready: false, config: own({ issuer: as.base }) });
    await until('the reason', () => /see allowPrivateIp/.test(started.program.stderr));
    assert.equal(as.log.length, 0);
});
