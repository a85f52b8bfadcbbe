// asan: no (drives a browser; its streams are tested in admin.test.mjs)
// The status page in a real browser: it follows what happens without a reload.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayWithAdmin } from './lib/admin.mjs';
import { openPage } from './lib/browser.mjs';
import { freePort } from './lib/peers.mjs';
import { run, until } from './lib/process.mjs';
import { later, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { config, entries, greener, healthOf, openEntry, redder, row, unfold } from './lib/status_page.mjs';
import { configFor, startDemoBackend, startVmcp } from './lib/vmcp.mjs';

const tools = [toolDefinition('alpha'), toolDefinition('beta')];
const token = 'a-long-token-of-operators';
const pillColor = (page, name) => row(page, name).locator('.state').evaluate((node) => getComputedStyle(node).color);

test('a backend that is killed turns red with its reason, and green when it is back, without a reload', async (t) => {
    const port = await freePort();
    let demo = await startDemoBackend('weather', { port });
    later(t, () => (demo.program.alive ? demo.stop() : Promise.resolve()));
    const other = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { weather: demo.url, other: other.url }, { config });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    await until('it is green', async () => (await healthOf(page, 'weather')) === 'healthy');
    await page.evaluate(() => (window.notReloaded = true));
    const green = await pillColor(page, 'weather');
    assert.ok(!redder(green), green);

    await demo.program.stop('SIGKILL');
    const killed = Date.now();
    await until('it is red', async () => (await healthOf(page, 'weather')) === 'unhealthy');
    assert.ok(Date.now() - killed < 5000, `${Date.now() - killed} ms`);
    assert.ok(redder(await pillColor(page, 'weather')), await pillColor(page, 'weather'));
    assert.match(await row(page, 'weather').locator('.reason').innerText(), new RegExp(`127\\.0\\.0\\.1:${port}.*refused`));
    assert.equal(await healthOf(page, 'other'), 'healthy');
    assert.match(await page.locator('#phase').innerText(), /Degraded/);
    assert.match(await page.title(), /1 of 2/);
    assert.match(await page.locator('#changes').innerText(), /weather: healthy → unhealthy: .*refused/, 'and it is announced');
    assert.equal(await page.locator('#changes').getAttribute('aria-live'), 'polite');
    assert.ok(await row(page, 'weather').locator('.spark .failed').count() > 0, 'failed probes are in the latency graph');

    demo = await startDemoBackend('weather', { port });
    await until('it is green again', async () => (await healthOf(page, 'weather')) === 'healthy');
    assert.equal(await pillColor(page, 'weather'), green);
    await page.getByText('2 of 2', { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => window.notReloaded), true);
    assert.deepEqual(page.complaints, []);
});

test('who needs a person comes first, on one scale, and no circuit is good news beside "unhealthy"', async (t) => {
    const quick = await stub(t, { tools });
    const slow = await stub(t, { tools });
    const limited = await stub(t, { tools });
    let delay = 0;
    slow.intercept = (exchange) => {
        if (delay === 0 || exchange.kind !== 'ping') return false;
        setTimeout(() => exchange.result('{}'), delay);
        return true;
    };
    const locked = await stub(t);
    locked.intercept = (exchange) => (exchange.status(401, '', { 'www-authenticate': 'Bearer' }), true);
    const vmcp = await gatewayWithAdmin(t, { zeta: quick.url, slow: slow.url, alpha: limited.url, locked: locked.url, down: 'http://127.0.0.1:1/mcp', another: 'http://127.0.0.1:1/mcp' },
        { config, ready: ['zeta', 'slow', 'alpha'] });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    const shown = () => page.locator('#backend-rows button.name').allInnerTexts();
    const wanted = ['another', 'down', 'locked', 'alpha', 'slow', 'zeta'];
    await until('the order', async () => JSON.stringify(await shown()) === JSON.stringify(wanted), 15000);
    for (const [name, good] of [['down', false], ['zeta', true]]) {
        const pill = row(page, name).locator('.badge');
        assert.equal(await pill.innerText(), 'closed');
        assert.equal(greener(await pill.evaluate((node) => getComputedStyle(node).color)), good, name);
    }
    // The row that has the focus keeps it where others pass.
    await page.getByRole('button', { name: 'zeta', exact: true }).focus();
    await quick.close();
    await until('it is among the first', async () => (await shown()).slice(0, 3).includes('zeta'), 15000);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'zeta');

    delay = 150;
    const highest = (name) => row(page, name).locator('.spark rect:not(.failed)').evaluateAll((all) => Math.max(0, ...all.slice(-1).map((one) => Number(one.getAttribute('height')))));
    await until('one scale', async () => (await highest('slow')) >= 12 && (await highest('alpha')) < 6, 15000);
    assert.match(await page.locator('#scale').innerText(), /^0 to (200|500) ms$|^0 to [125] s$/);
});

test('sessions and running calls are counted as they come and go', async (t) => {
    const backend = await stub(t, { tools });
    const held = Promise.withResolvers();
    backend.on('tools/call', async (exchange) => {
        await held.promise;
        exchange.result('{"content":[]}');
    });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    const tile = (label) => page.locator('#tiles div', { hasText: label }).locator('dd').innerText();
    await until('no session', async () => (await tile('sessions')) === '0');
    const client = await rawClient(t, vmcp);
    const call = client.request('tools/call', { name: 'stub_alpha', arguments: {} });
    await until('one of each', async () => (await tile('sessions')) === '1' && (await tile('calls in flight')) === '1' &&
        /1 running/.test(await row(page, 'stub').innerText()));
    held.resolve();
    await call;
    await client.close();
    await until('none again', async () => (await tile('sessions')) === '0' && (await tile('calls in flight')) === '0');
});

test('what backends write is text, never markup', async (t) => {
    const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const inputSchema = { type: 'object', required: [evil], properties: { [evil]: { type: 'string', description: `\u202e${evil}`, default: evil }, pick: { enum: [evil] }, whole: { type: evil } } };
    const backend = await stub(t, {
        tools: [toolDefinition('plain', { description: `\u202e${evil}\u200b`, inputSchema, annotations: { title: evil } }), toolDefinition(`x${evil}`)],
        resources: [{ uri: 'javascript:alert(1)', name: evil }, { uri: 'mem://\u202egnp.exe', name: 'turned' }],
    });
    backend.on('tools/call', (exchange) => {
        const stream = exchange.sse();
        stream.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: exchange.message.params._meta.progressToken, progress: 1, total: 2, message: evil } });
        stream.result(JSON.stringify({ content: [{ type: 'text', text: `\u2066${evil}` }, { type: evil, data: evil }, { type: 'image', mimeType: evil, data: evil }], structuredContent: { [evil]: evil } }));
    });
    const broken = await stub(t);
    for (const method of ['initialize', 'server/discover']) broken.on(method, (exchange) => exchange.status(500, evil, { 'content-type': 'text/html' }));
    const failing = await stub(t, { tools: [toolDefinition('fail')] });
    failing.on('tools/call', (exchange) => exchange.status(500, evil, { 'content-type': 'text/html' }));
    const vmcp = await gatewayWithAdmin(t, { good: backend.url, broken: broken.url, failing: failing.url }, { config, token, ready: ['good', 'failing'] });
    const client = await rawClient(t, vmcp);
    await client.request('tools/call', { name: 'failing_fail', arguments: {} });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    await until('the reason', async () => (await row(page, 'broken').locator('.reason').innerText()).includes('500'));
    assert.match(await row(page, 'broken').locator('.reason').innerText(), /<img src=x/, 'as it was written');
    await unfold(page, 'good');
    assert.equal(await entries(page).count(), 4);
    const details = await openEntry(page, 'good_plain');
    await details.getByText('Try it').click();
    await details.getByLabel('admin.token').fill(token);
    await details.getByRole('button', { name: 'Call', exact: true }).click();
    await details.getByText(/^answered after/).waitFor();
    assert.match(await details.locator('.outcome').innerText(), /1 of 2: <img src=x[\s\S]*<script>/);
    await page.locator('#trouble-rows li', { hasText: 'a call failed' }).waitFor();
    assert.match(await page.locator('#trouble-rows').innerText(), /failing\s+a call failed: .*500.*<img src=x/);
    assert.equal(await page.locator('img').count(), 1, 'only our own picture');
    assert.equal(await page.locator('script').count(), 1);
    assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
    assert.doesNotMatch(await page.locator('body').innerText(), /[\u200b\u202e\u2066]/, 'text that turns or hides what is around it');
    assert.match(await page.title(), /test-gateway/);
    assert.deepEqual(page.complaints, []);
});

test('the endpoint is there to be copied, with what the usual clients want to hear', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config, token });
    const page = await openPage(t, `${vmcp.admin}/ui/`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.locator('#endpoint', { hasText: '/mcp' }).waitFor();
    const url = await page.locator('#endpoint').innerText();
    assert.equal(url, vmcp.url);
    await page.getByRole('button', { name: 'Copy the endpoint' }).click();
    await page.getByText('Copied', { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), url);
    await page.getByText('Connect a client').click();
    const clients = await page.locator('#client option').allInnerTexts();
    assert.deepEqual(clients, ['Claude Code', 'Claude Desktop', 'Cursor', 'VS Code', 'mcp-remote', 'curl']);
    for (const label of clients) {
        await page.locator('#client').selectOption({ label });
        const text = await page.locator('#snippet').innerText();
        assert.ok(text.includes(url), text);
        assert.ok(!text.includes(token), text);
        if (['Claude Desktop', 'Cursor', 'VS Code'].includes(label)) JSON.parse(text);
    }
    const told = await run('/bin/sh', ['-c', await page.locator('#snippet').innerText()]);
    assert.equal(told.code, 0, told.stderr);
    assert.deepEqual(JSON.parse(told.stdout).result.supportedVersions, ['2026-07-28']);
    assert.deepEqual(page.complaints, []);
});

test('errors of the gateway and of backends stay for a while, without secrets', async (t) => {
    const secret = 'sk-0123456789abcdef';
    const backend = await stub(t, { tools });
    backend.on('tools/call', (exchange) => exchange.status(502, `no place for ${secret}`));
    const vmcp = await gatewayWithAdmin(t, { stub: { url: backend.url, headers: { 'X-Key': secret } },
        down: 'http://127.0.0.1:1/mcp' }, { config, ready: ['stub'] });
    const client = await rawClient(t, vmcp);
    for (let i = 0; i < 12; ++i) await client.request('tools/call', { name: 'stub_alpha', arguments: {} });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    const troubles = page.locator('#trouble-rows li');
    await troubles.filter({ hasText: 'a call failed' }).first().waitFor();
    assert.match(await troubles.filter({ hasText: 'a call failed' }).first().innerText(), /stub\s+a call failed: .*HTTP 502.*no place for \*\*\*/);
    assert.ok(await troubles.filter({ hasText: 'a call failed' }).count() <= 8, 'the last of a backend');
    assert.match(await troubles.filter({ hasText: 'down' }).first().innerText(), /down\s+unknown -> unhealthy: .*refused/);
    assert.ok(!(await page.content()).includes(secret));
    assert.deepEqual(page.complaints, []);
});

test('the page finds the gateway again after its restart', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    await page.getByText('live', { exact: true }).waitFor();
    await vmcp.stop();
    await page.getByText('no connection, trying again').waitFor();
    await page.getByText('No answer', { exact: true }).waitFor();
    assert.doesNotMatch(await page.locator('#phase').innerText(), /Ready|All 1/, 'nobody knows how things are now');
    assert.match(await page.title(), /no answer/);
    const again = await startVmcp(configFor([{ name: 'stub', url: backend.url }, { name: 'new', url: backend.url }], { ...config, admin: { port: vmcp.adminPort } }));
    later(t, () => again.stop());
    await page.getByText('live', { exact: true }).waitFor();
    await until('the new backend', async () => (await healthOf(page, 'new')) === 'healthy');
    await page.getByText('Ready', { exact: true }).waitFor();
    assert.doesNotMatch(await page.title(), /no answer/);
});

test('a change of the configuration that is refused stays on the page until it is mended', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    await page.getByText('live', { exact: true }).waitFor();
    const banner = page.getByRole('alert', { name: 'The configuration on disk is not used' });
    assert.equal(await banner.isVisible(), false);
    await page.getByText('The configuration is that of the start; it was not reloaded since.').waitFor();
    await vmcp.rewrite('backends: [{name: one, urll: x}]');
    await banner.waitFor();
    assert.match(await banner.innerText(), /a file changed/);
    await page.locator('#reload', { hasText: 'refused: see above' }).waitFor();
    assert.match(await banner.innerText(), /vmcp\.yaml:1:\d+: backends\[0\]\.urll: unknown key/);
    assert.equal(await healthOf(page, 'stub'), 'healthy', 'the configuration before it stays in effect');
    const conditions = async (base) => (await (await fetch(`${base}/status`)).json()).conditions;
    const told = (await conditions(vmcp.base)).find(({ type }) => type === 'ConfigurationValid');
    assert.deepEqual([told.status, told.reason], ['False', 'ReloadRefused']);
    assert.doesNotMatch(JSON.stringify(await conditions(vmcp.base)), /urll/, 'what is wrong is for operators');
    await vmcp.rewrite(configFor([{ name: 'stub', url: backend.url }], { ...config, admin: { port: vmcp.adminPort } }));
    await banner.waitFor({ state: 'hidden' });
    await page.locator('#reload', { hasText: /\(a file changed\)/ }).waitFor();
    assert.match(await page.locator('#reload').innerText(), /^Last reload .*(read again: nothing has changed|reloaded: )/);
    assert.equal((await conditions(vmcp.base)).find(({ type }) => type === 'ConfigurationValid'), undefined);
    assert.deepEqual(page.complaints, []);
});
