// The sweep for tokens finds them in each form in which a program could show them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { calls, guarded, issuer, nothingLeaked, resource } from './lib/guarded.mjs';
import { newKey } from './lib/issuer.mjs';
import { finder } from './lib/leaks.mjs';

const part = (text) => Buffer.from(text).toString('base64url');
const jwt = () => `${part('{"alg":"ES256"}')}.${part('{"sub":"alice"}')}.${randomBytes(64).toString('base64url')}`;
const percent = (text) => [...Buffer.from(text)].map((code) => `%${code.toString(16).padStart(2, '0')}`).join('');

for (const [what, make] of Object.entries({ 'a JWT': jwt, 'an opaque token': () => randomBytes(32).toString('base64url') }))
    test(`${what} is found`, () => {
        const token = make();
        const find = finder([make(), token]);
        for (const [how, shown] of Object.entries({
            whole: token, 'cut at its end': token.slice(0, -2), 'its end': token.slice(-24), 'in percent signs': percent(token),
            'in base64': Buffer.from(`:${token}`).toString('base64'), 'further on in base64': Buffer.from(`gw:${token}@`).toString('base64'),
            'in base64url': Buffer.from(`user:${token}`).toString('base64url'), 'in base64 in a URL': encodeURIComponent(Buffer.from(token).toString('base64')),
        })) assert.ok(find(`level=info said="${shown}" more`), how);
        for (const other of [make(), token.slice(0, 8), 'level=info', '']) assert.equal(find(other), undefined, other);
    });

test('what a gateway passes on, answers or writes is looked through', async (t) => {
    const of = await issuer(t, [await newKey('first')]);
    const started = await guarded(t, of);
    const [token, shown] = [await of.token({ resource }), await of.token({ resource })];
    const client = await calls(started, token);
    await nothingLeaked(started, of);
    const hidden = Buffer.from(`x${shown}`).toString('base64'); // a token as such is struck from the audit log
    await client.request('tools/call', { name: 'notes_none', arguments: { note: shown } });
    await nothingLeaked(started, of);
    await client.request('tools/call', { name: 'notes_none', arguments: { note: hidden } });
    await assert.rejects(nothingLeaked(started, of), /a token or a secret is in the audit log/);
    started.config.audit.logFile = '/proc/self/status';
    await client.request('tools/call', { name: 'notes_echo', arguments: { note: shown } });
    await assert.rejects(nothingLeaked(started, of), /a token or a secret is in backend/);
    started.backend.log.length = 0;
    started.backend.on('tools/call', (exchange) => exchange.result({ content: [{ type: 'text', text: hidden }] }));
    await client.request('tools/call', { name: 'notes_echo', arguments: {} });
    await assert.rejects(nothingLeaked(started, of), /a token or a secret is in answers/);
});
