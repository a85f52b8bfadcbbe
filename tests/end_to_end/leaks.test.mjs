// The sweep for tokens finds them in each form in which a program could show them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
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
