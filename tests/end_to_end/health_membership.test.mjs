// asan: no (time limits)
// Backends that come and go while vmcp runs: removed means removed, added means probed at once, and files that the
// configuration is made of count wherever they change.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayWithAdmin, get, metricsOf } from './lib/admin.mjs';
import { nameServer, noNames } from './lib/dns.mjs';
import { modeStub } from './lib/modes.mjs';
import { until } from './lib/process.mjs';
import { gateway, later, rawClient } from './lib/setup.mjs';
import { followTools, healthOf, rowOf, untilRow } from './lib/views.mjs';
import { configFor, startVmcp } from './lib/vmcp.mjs';

const failures = (more = {}) => ({ operational: { failureHandling: { healthCheckInterval: '1s', healthCheckTimeout: '500ms', ...more } } });
const namesOf = async (base) => (await (await fetch(`${base}/status`)).json()).backends.map(({ name }) => name);

describe('membership', { concurrency: true }, () => {
    test('D. removed while its probe hangs: gone, not resurrected, and new when it comes back', async (t) => {
        const staying = await modeStub(t, { name: 'staying' });
        const hanging = await modeStub(t, { name: 'hanging' });
        const held = [];
        const good = hanging.intercept;
        hanging.intercept = (exchange) => {
            held.push(exchange);
            return true;
        };
        // The probe would wait for nine seconds.
        const slow = { operational: { failureHandling: { healthCheckInterval: '10s', healthCheckTimeout: '9s' } } };
        const both = configFor([{ name: 'staying', url: staying.url }, { name: 'hanging', url: hanging.url }], slow);
        const vmcp = await gateway(t, { staying: staying.url, hanging: hanging.url }, { config: slow, ready: ['staying'] });
        await until('a probe that hangs', () => held.some(({ kind }) => kind === 'initialize'));
        await vmcp.rewrite(configFor([{ name: 'staying', url: staying.url }], slow));
        const removedAt = Date.now();
        await until('the row is gone', async () => !(await namesOf(vmcp.base)).includes('hanging'), 2000);
        t.diagnostic(`gone after ${Date.now() - removedAt} ms`);
        // Now the old probe gets a perfect answer.
        hanging.intercept = good;
        for (const exchange of held) if (exchange.kind === 'initialize') hanging.initialize(exchange);
        const seen = hanging.log.length;
        for (let i = 0; i < 20; ++i) {
            assert.deepEqual(await namesOf(vmcp.base), ['staying']);
            assert.equal(await healthOf(vmcp.base, 'hanging'), undefined);
            await sleep(100);
        }
        const later = hanging.log.slice(seen).filter(({ kind }) => kind !== 'DELETE');
        assert.deepEqual(later.map(({ kind }) => kind), [], 'a backend that left is not asked for anything');
        await hanging.become('hang');
        await vmcp.rewrite(both);
        await untilRow(vmcp.base, 'hanging', (row) => row !== undefined, 3000);
        for (let i = 0; i < 10; ++i) {
            const { health, consecutive_failures, transitions } = await rowOf(vmcp.base, 'hanging');
            assert.deepEqual({ health, consecutive_failures, transitions }, { health: 'unknown', consecutive_failures: 0, transitions: 0 });
            await sleep(50);
        }
        await hanging.become('good');
        const row = await untilRow(vmcp.base, 'hanging', (one) => one.health === 'healthy', 2000);
        assert.equal(row.consecutive_failures, 0);
    });

    test('a backend that left is not looked up again, whatever its lookups were doing', { skip: noNames }, async (t) => {
        const names = await nameServer(t, later);
        const backend = await modeStub(t, { name: 'one' });
        const url = (host) => `http://${host}:${backend.port}/mcp`;
        for (const [name, what] of [['good.test', backend.host], ['gone.test', 'nxdomain'], ['silent.test', 'silent'], ['hang.test', backend.host], ['stays.test', backend.host]])
            names.records.set(name, what);
        const staying = { name: 'stays', url: url('stays.test') };
        const leaving = ['good', 'gone', 'silent', 'hang'].map((name) => ({ name, url: url(`${name}.test`) }));
        const vmcp = await gateway(t, Object.fromEntries([staying, ...leaving].map((one) => [one.name, one.url])),
            { config: failures(), wrap: names.wrap, ready: ['stays'] });
        for (const { name } of leaving) await until(`lookups of ${name}`, () => names.lookups(`${name}.test`) >= 2);
        const good = backend.intercept;
        backend.intercept = (exchange) => exchange.headers.host?.startsWith('hang.') || good(exchange);
        await sleep(500);
        await vmcp.rewrite(configFor([staying], failures()));
        await until('they are gone', async () => (await namesOf(vmcp.base)).length === 1, 2000);
        // A question that was asked before the reload is repeated by the C library once: after 5 s.
        const goneAt = Date.now();
        await sleep(7000);
        const late = names.log.filter(({ name, at }) => name !== 'stays.test' && at > goneAt + 100);
        assert.deepEqual(late.filter(({ name }) => name !== 'silent.test'), []);
        assert.ok(late.every(({ at }) => at < goneAt + 6000), 'nothing but the C library\'s own repetition');
        assert.ok(late.length <= 2 * 8, `${late.length} repetitions of lookups that were under way`);
        assert.ok(names.lookups('stays.test', goneAt) >= 4, 'the one that stays is looked up for each probe');
    });

    test('running calls of a backend that is removed finish; its tools leave open sessions, and come back', async (t) => {
        const staying = await modeStub(t, { name: 'staying' });
        const leaving = await modeStub(t, { name: 'leaving' });
        let answer;
        leaving.on('tools/call', (exchange) => (answer = () => exchange.result({ content: [{ type: 'text', text: 'late' }] })));
        const both = { staying: staying.url, leaving: leaving.url };
        const vmcp = await gateway(t, both, { config: failures() });
        const client = await rawClient(t, vmcp);
        const view = await followTools(client);
        later(t, async () => view.stop());
        assert.deepEqual([...view.names].sort(), ['leaving_echo', 'staying_echo']);
        const running = client.request('tools/call', { name: 'leaving_echo' });
        await until('the call is there', () => answer);
        await vmcp.rewrite(configFor([{ name: 'staying', url: staying.url }], failures()));
        await until('its tool left the open session', () => !view.names.has('leaving_echo'), 2000);
        answer();
        assert.equal((await running).message.result?.content[0].text, 'late');
        const { message } = await client.request('tools/call', { name: 'leaving_echo' });
        assert.match(message.error.message, /leaving_echo/);
        await until('its sessions are ended', () => leaving.sessions.size === 0, 3000);
        const seen = leaving.log.length;
        await sleep(1500);
        assert.equal(leaving.log.length, seen, 'no probe, no list, no stream');
        const changes = view.changes;
        await vmcp.rewrite(configFor(Object.entries(both).map(([name, url]) => ({ name, url })), failures()));
        await until('its tool is back in the open session', () => view.names.has('leaving_echo'), 2000);
        assert.ok(view.changes > changes);
    });

    test('others are not touched by a reload: same sessions, same connections, no probe out of turn', async (t) => {
        const [one, two, three] = await Promise.all(['one', 'two', 'three'].map((name) => modeStub(t, { name })));
        const vmcp = await gateway(t, { one: one.url, two: two.url });
        const client = await rawClient(t, vmcp);
        await client.request('tools/call', { name: 'one_echo' });
        const before = { log: one.log.length, row: await rowOf(vmcp.base, 'one') };
        await vmcp.rewrite(configFor([{ name: 'one', url: one.url }, { name: 'three', url: three.url }]));
        await untilRow(vmcp.base, 'three', (row) => row?.health === 'healthy');
        assert.equal(await rowOf(vmcp.base, 'two'), undefined);
        await client.request('tools/call', { name: 'one_echo' });
        assert.deepEqual(one.log.slice(before.log).map(({ kind }) => kind), ['tools/call']);
        assert.deepEqual(await rowOf(vmcp.base, 'one'), before.row);
    });

    test('a limit that changes needs no new session', async (t) => {
        const one = await modeStub(t, { name: 'one' });
        const vmcp = await gateway(t, { one: one.url });
        const client = await rawClient(t, vmcp);
        await client.request('tools/call', { name: 'one_echo' });
        const before = one.log.length;
        await vmcp.rewrite(configFor([{ name: 'one', url: one.url, maxConcurrency: 1, maxQueue: 0 }]));
        await until('the log', () => /adjusted one \(limits\)/.test(vmcp.program.stderr));
        one.on('tools/call', async (exchange) => {
            await sleep(300);
            exchange.result({ content: [] });
        });
        const answers = await Promise.all([1, 2].map(() => client.request('tools/call', { name: 'one_echo' })));
        assert.equal(answers.filter(({ message }) => message.result).length, 1);
        assert.match(answers.find(({ message }) => message.error).message.error.message, /one/);
        assert.deepEqual(one.log.slice(before).map(({ kind }) => kind), ['tools/call']);
    });

    test('a ConfigMap\'s symbolic link that is swapped is a change', async (t) => {
        const [one, two] = await Promise.all(['one', 'two'].map((name) => modeStub(t, { name })));
        const vmcp = await gateway(t, { one: one.url });
        // As the kubelet lays it out: ..data is replaced by a rename, the file's own link never changes.
        const volume = join(vmcp.directory, 'volume');
        const write = (version, backends) => {
            mkdirSync(join(volume, version), { recursive: true });
            writeFileSync(join(volume, version, 'vmcp.yaml'), JSON.stringify(configFor(backends)));
            symlinkSync(version, join(volume, '..data_tmp'));
            renameSync(join(volume, '..data_tmp'), join(volume, '..data'));
        };
        write('..2026_01', [{ name: 'one', url: one.url }]);
        symlinkSync('..data/vmcp.yaml', join(volume, 'vmcp.yaml'));
        const mounted = await startVmcp(configFor([{ name: 'one', url: one.url }]), { configFile: join(volume, 'vmcp.yaml') });
        later(t, () => mounted.stop());
        assert.deepEqual(await namesOf(mounted.base), ['one']);
        write('..2026_02', [{ name: 'two', url: two.url }]);
        await until('the new backend', async () => (await namesOf(mounted.base)).join() === 'two', 2000);
        write('..2026_03', [{ name: 'one', url: one.url }, { name: 'two', url: two.url }]);
        await until('both', async () => (await namesOf(mounted.base)).join() === 'one,two', 2000);
    });

    test('a folder that is replaced as a whole is a change', async (t) => {
        const [one, two] = await Promise.all(['one', 'two'].map((name) => modeStub(t, { name })));
        const vmcp = await gateway(t, { one: one.url });
        const write = (folder, backend) => {
            mkdirSync(join(vmcp.directory, folder));
            writeFileSync(join(vmcp.directory, folder, 'vmcp.yaml'), JSON.stringify(configFor([backend])));
        };
        write('live', { name: 'one', url: one.url });
        const moved = await startVmcp(configFor([{ name: 'one', url: one.url }]), { configFile: join(vmcp.directory, 'live', 'vmcp.yaml') });
        later(t, () => moved.stop());
        write('next', { name: 'two', url: two.url });
        renameSync(join(vmcp.directory, 'live'), join(vmcp.directory, 'old'));
        renameSync(join(vmcp.directory, 'next'), join(vmcp.directory, 'live'));
        await until('the new backend', async () => (await namesOf(moved.base)).join() === 'two', 6000);
    });

    test('a file replaced by a rename, as editors do, is a change; a broken one changes nothing', async (t) => {
        const [one, two] = await Promise.all(['one', 'two'].map((name) => modeStub(t, { name })));
        const vmcp = await gateway(t, { one: one.url });
        const replace = (text) => {
            writeFileSync(join(vmcp.directory, 'next'), text);
            renameSync(join(vmcp.directory, 'next'), join(vmcp.directory, 'vmcp.yaml'));
        };
        replace('backends: [{name: one, urll: x}]');
        await until('the error', () => /the old one stays/.test(vmcp.program.stderr) && /urll/.test(vmcp.program.stderr));
        assert.deepEqual(await namesOf(vmcp.base), ['one']);
        replace(JSON.stringify(configFor([{ name: 'two', url: two.url }])));
        await until('the new backend', async () => (await namesOf(vmcp.base)).join() === 'two', 2000);
    });
});

describe('what is shown', { concurrency: true }, () => {
    test('a dead backend\'s tools stay for the grace, then leave open sessions, and come back', async (t) => {
        const [alive, dying] = await Promise.all(['alive', 'dying'].map((name) => modeStub(t, { name })));
        const vmcp = await gateway(t, { alive: alive.url, dying: dying.url }, { config: failures({ unhealthyThreshold: 2, grace: '1500ms' }) });
        const client = await rawClient(t, vmcp);
        const view = await followTools(client);
        later(t, async () => view.stop());
        await dying.become('refused');
        await untilRow(vmcp.base, 'dying', (row) => row.health === 'unhealthy', 5000);
        const downAt = Date.now();
        assert.ok(view.names.has('dying_echo'));
        await until('its tool leaves', () => !view.names.has('dying_echo'), 4000);
        const kept = Date.now() - downAt;
        assert.ok(kept > 1300, `after ${kept} ms`);
        assert.equal(view.changes, 1);
        // Who still calls it learns that it is down, not that there never was such a tool.
        const { message } = await client.request('tools/call', { name: 'dying_echo' });
        assert.deepEqual([message.error.code, message.error.data.backend, message.error.data.retryable], [-32603, 'dying', true]);
        await dying.become('good');
        await until('its tool is back', () => view.names.has('dying_echo'), 2000);
        assert.equal(view.changes, 2);
        // A shorter time down is no change of any list.
        await dying.become('refused');
        await untilRow(vmcp.base, 'dying', (row) => row.health === 'unhealthy', 5000);
        await dying.become('good');
        await untilRow(vmcp.base, 'dying', (row) => row.health === 'healthy', 2000);
        await sleep(2000);
        assert.equal(view.changes, 2);
    });

    test('the circuit: closed, open, half-open with one trial, closed', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        const broken = new Set();
        backend.on('tools/call', (exchange) => broken.size ? exchange.status(502, 'bad gateway') : exchange.result({ content: [] }));
        // Probes go well all the time: what opens the circuit, and closes it, are calls.
        const vmcp = await gateway(t, { one: backend.url },
            { config: { operational: { failureHandling: { circuitBreaker: { enabled: true, failureThreshold: 3, timeout: '1s' } } } } });
        const circuit = async () => (await healthOf(vmcp.base, 'one')).CircuitState;
        const client = await rawClient(t, vmcp);
        const call = async () => (await client.request('tools/call', { name: 'one_echo' })).message;
        const calls = () => backend.requests('tools/call').length;
        assert.ok((await call()).result);
        assert.equal(await circuit(), 'closed');
        // An error of a tool is no failure of its backend.
        backend.on('tools/call', (exchange) => broken.size ? exchange.status(502, 'bad gateway') : exchange.result({ isError: true, content: [] }));
        for (let i = 0; i < 5; ++i) await call();
        assert.equal(await circuit(), 'closed');
        broken.add('yes');
        for (let i = 0; i < 3; ++i) {
            const { error } = await call();
            assert.match(error.message, /one.*502/);
        }
        assert.equal(await circuit(), 'open');
        const before = calls();
        const { error } = await call();
        assert.match(error.message, /one.*circuit is open.*try again in \d+ s/);
        assert.equal(calls(), before, 'nothing is sent while it is open');
        await until('half-open', async () => (await circuit()) === 'half-open', 3000);
        const together = await Promise.all(Array.from({ length: 5 }, call));
        assert.ok(together.every((one) => one.error));
        assert.equal(calls(), before + 1, 'one trial');
        assert.equal(await circuit(), 'open');
        broken.clear();
        await until('half-open again', async () => (await circuit()) === 'half-open', 3000);
        assert.ok((await call()).result);
        assert.equal(await circuit(), 'closed');
    });

    test('partialFailureMode and /readyz', async (t) => {
        const [up, down] = [await modeStub(t, { name: 'up' }), await modeStub(t, { name: 'down', mode: '503' })];
        const strict = await gatewayWithAdmin(t, { up: up.url, down: down.url }, { config: failures({ partialFailureMode: 'fail' }), ready: ['up'] });
        const lenient = await gatewayWithAdmin(t, { up: up.url, down: down.url }, { config: failures(), ready: ['up'] });
        const readyz = async (base) => {
            const answer = await get(`${base}/readyz?verbose`);
            const plain = await get(`${base}/readyz`);
            assert.equal(plain.status, answer.status);
            return { code: answer.status, ...JSON.parse(answer.text) };
        };
        await untilRow(strict.base, 'down', (row) => row.health === 'unhealthy');
        const refused = await readyz(strict.base);
        assert.deepEqual({ code: refused.code, status: refused.status }, { code: 503, status: 'not_ready' });
        assert.deepEqual(refused.backends.map(({ name, routable }) => [name, routable]), [['up', true], ['down', false]]);
        assert.equal((await get(`${lenient.base}/readyz`)).status, 200);
        assert.equal((await get(`${strict.base}/health`)).status, 200, 'alive all the same');
        await down.become('good');
        await until('ready', async () => (await get(`${strict.base}/readyz`)).status === 200, 3000);
        await up.become('refused');
        await until('not ready', async () => (await get(`${strict.base}/readyz`)).status === 503, 5000);
        assert.equal((await get(`${lenient.base}/readyz`)).status, 200);
    });

    test('a backend that is up and wants credentials that nobody brings is not routable', async (t) => {
        const [open, closed] = await Promise.all(['open', 'closed'].map((name) => modeStub(t, { name })));
        closed.intercept = (exchange) => (exchange.status(401, 'who are you?', { 'www-authenticate': 'Bearer' }), true);
        const config = (more) => ({ ...failures({ partialFailureMode: 'fail' }), ...more });
        const vmcp = await gatewayWithAdmin(t, { open: open.url, closed: closed.url }, { config: config({}), ready: ['open'] });
        const row = await untilRow(vmcp.admin, 'closed', ({ health }) => health === 'unauthenticated');
        assert.equal(row.routable, false);
        assert.match(row.reason, /wants authentication/);
        assert.equal((await get(`${vmcp.base}/readyz`)).status, 503);
        assert.equal((await vmcp.status()).phase, 'Degraded');
        const up = async () => (await metricsOf(vmcp.base)).get('vmcp_backend_up{backend="closed"}');
        assert.equal(await up(), 0, 'so that the documented alert fires');
        const backends = [{ name: 'open', url: open.url }, { name: 'closed', url: closed.url }];
        await vmcp.rewrite(configFor(backends, config({ passthroughHeaders: ['X-Api-Key'], admin: { port: vmcp.adminPort } })));
        await untilRow(vmcp.base, 'closed', ({ routable }) => routable);
        assert.equal(await up(), 1, 'a caller may bring some');
        assert.equal((await get(`${vmcp.base}/readyz`)).status, 200);
    });

    test('labels of the configuration', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        const vmcp = await gateway(t, { one: { url: backend.url, metadata: { team: 'search', tier: '1' } } }, { config: { metadata: { region: 'eu' } } });
        const status = await (await fetch(`${vmcp.base}/status`)).json();
        assert.deepEqual(status.metadata, { region: 'eu' });
        assert.deepEqual(status.backends[0].metadata, { team: 'search', tier: '1' });
        const before = backend.log.length;
        await vmcp.rewrite(configFor([{ name: 'one', url: backend.url, metadata: { team: 'find' } }], { metadata: { region: 'us' } }));
        await until('new labels', async () => {
            const now = await (await fetch(`${vmcp.base}/status`)).json();
            return now.metadata.region === 'us' && now.backends[0].metadata.team === 'find';
        }, 2000);
        assert.equal(backend.log.length, before, 'labels are no reason to ask the backend anything');
    });
});
