// Requests that two parties could read differently, on the listener for clients and on that of operators.
import { test } from 'node:test';
import { gatewayWithAdmin } from '../end_to_end/lib/admin.mjs';
import { exchangeBytes } from '../end_to_end/lib/raw_client.mjs';
import { assert, onlyMeasured, startAbused, underAbuse } from './lib.mjs';

// [title, bytes, statuses of the answers in their order]
const get = (target, ...fields) => [`GET ${target} HTTP/1.1`, 'Host: localhost', ...fields, '', ''].join('\r\n');
const rows = [
    ['an empty line before a request', `\r\n${get('/livez')}`, [200]],
    ['several, and between two', `\r\n\r\n${get('/livez')}\r\n\r\n${get('/livez')}`, [200, 200]],
    ['too many', '\r\n'.repeat(9) + get('/livez'), [400]],
    ['nothing but empty lines', '\r\n'.repeat(8), []],
    ['a bare line feed', `\n${get('/livez')}`, [400]],
    ['an authority of this machine', get('http://localhost/livez'), [200]],
    ['another authority, this machine as Host', get('http://evil.example/livez'), [403]],
    ['this machine as authority, another Host', get('http://localhost/livez').replace('Host: localhost', 'Host: evil.example'), [200]],
    ['user information in the authority', get('http://localhost@evil.example/livez'), [400]],
    ['two Origins', get('/livez', 'Origin: http://localhost', 'Origin: https://evil.example'), [400]],
    ['the same Origin twice', get('/livez', 'Origin: http://localhost', 'Origin: http://localhost'), [400]],
    ['two Hosts', get('/livez', 'Host: localhost'), [400]],
    ['a second request behind a refused one', get('/livez', 'Host: localhost') + get('/livez'), [400]],
    ['a length and a coding', get('/livez', 'Content-Length: 4', 'Transfer-Encoding: chunked') + get('/livez'), [400]],
];

test('requests with two readings', async (t) => {
    const vmcp = await startAbused(t, {}, { start: gatewayWithAdmin, config: { listener: { allowedOrigins: ['*'] } } });
    await underAbuse(t, 'requests with two readings', vmcp, async () => {
        const wrong = [];
        for (const [listener, port] of [['clients', vmcp.port], ['operators', vmcp.adminPort]])
            for (const [title, bytes, wanted] of rows) {
                const text = await exchangeBytes(port, bytes, { ms: 700 });
                const got = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
                if (String(got) !== String(wanted)) wrong.push(`${listener}: ${title}: ${got} and not ${wanted}`);
            }
        const figures = `${wrong.length} of ${2 * rows.length} answered otherwise than they should be`;
        if (!onlyMeasured) assert.deepEqual(wrong, []);
        return figures;
    });
});
