// asan: no (drives a browser; its streams are tested in admin.test.mjs)
// The status page in a real browser: it follows what happens without a reload, with keyboard, dark, and on a phone.
// VMCP_SCREENSHOT=docs/status-page.png also keeps a picture of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayWithAdmin } from './lib/admin.mjs';
import { openPage } from './lib/browser.mjs';
import { freePort } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { later, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { configFor, startDemoBackend, startVmcp } from './lib/vmcp.mjs';

const tools = [toolDefinition('alpha'), toolDefinition('beta')];
const failureHandling = { healthCheckInterval: '500ms', healthCheckTimeout: '400ms', unhealthyThreshold: 2, circuitBreaker: { enabled: true } };
const config = { operational: { failureHandling } };

const row = (page, name) => page.locator('#backend-rows tr', { has: page.getByRole('button', { name, exact: true }) });
const healthOf = (page, name) => row(page, name).getAttribute('data-health');
const pillColor = (page, name) => row(page, name).locator('.state').evaluate((node) => getComputedStyle(node).color);
const redder = (color) => {
    const [r, g, b] = color.match(/[\d.]+/g).map(Number);
    return r > g && r > b;
};

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

test('the catalogue says who owns what and why something is hidden, and can be searched', async (t) => {
    const [one, two] = [await stub(t, { tools, resources: [{ uri: 'mem://a', name: 'a' }] }), await stub(t, { tools })];
    const vmcp = await gatewayWithAdmin(t, { one: one.url, two: two.url }, {
        config: { ...config, aggregation: { tools: [{ workload: 'two', filter: ['alpha'] }] } },
    });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    const entries = page.locator('#entry-rows tr');
    await until('all entries', async () => (await entries.count()) === 5);
    const hidden = entries.filter({ hasText: 'hidden' });
    assert.equal(await hidden.count(), 1);
    assert.match(await hidden.innerText(), /beta[\s\S]*two[\s\S]*filter/);
    assert.match(await entries.filter({ hasText: 'one_alpha' }).innerText(), /at the backend: alpha/);

    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
    await page.keyboard.type('ALPHA two');
    assert.deepEqual(await entries.locator('.mono').allInnerTexts(), ['two_alpha']);
    assert.equal(await page.locator('#found').innerText(), '1 of 5 entries');
    await page.locator('#search').fill('');
    await page.locator('#kind').selectOption('resource');
    assert.deepEqual(await entries.locator('.mono').allInnerTexts(), ['mem://a']);
    await page.locator('#kind').selectOption('');
    await page.locator('#shown').selectOption('hidden');
    assert.equal(await entries.count(), 1);
    await page.locator('#shown').selectOption('');
    await page.getByRole('button', { name: 'two', exact: true }).click();
    assert.equal(await page.locator('#owner').inputValue(), 'two');
    assert.equal(await entries.count(), 2);

    // A tool that appears later comes into the open page, and the filter stays.
    two.tools.push(JSON.stringify(toolDefinition('alpha_two')));
    await vmcp.rewrite(configFor([{ name: 'one', url: one.url }, { name: 'two', url: two.url }], { ...config, admin: { port: vmcp.adminPort } }));
    await until('the change', async () => (await entries.locator('.mono').allInnerTexts()).includes('two_beta'));
    assert.equal(await page.locator('#owner').inputValue(), 'two');
    assert.deepEqual(page.complaints, []);
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
    const backend = await stub(t, {
        tools: [toolDefinition('plain'), toolDefinition(`x${evil}`)],
        resources: [{ uri: 'javascript:alert(1)', name: evil }, { uri: 'mem://\u202egnp.exe', name: 'turned' }],
    });
    const broken = await stub(t);
    for (const method of ['initialize', 'server/discover']) broken.on(method, (exchange) => exchange.status(500, evil, { 'content-type': 'text/html' }));
    const vmcp = await gatewayWithAdmin(t, { good: backend.url, broken: broken.url }, { config, ready: ['good'] });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    await until('the reason', async () => (await row(page, 'broken').locator('.reason').innerText()).includes('500'));
    await until('the catalogue', async () => (await page.locator('#entry-rows tr').count()) >= 4);
    assert.match(await row(page, 'broken').locator('.reason').innerText(), /<img src=x/, 'as it was written');
    assert.equal(await page.locator('img').count(), 1, 'only our own picture');
    assert.equal(await page.locator('script').count(), 1);
    assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
    assert.doesNotMatch(await page.locator('body').innerText(), /\u202e/, 'text that turns what is around it');
    assert.match(await page.title(), /test-gateway/);
    assert.deepEqual(page.complaints, []);
});

test('the keyboard reaches everything, and what has the focus can be seen', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    await page.locator('#entry-rows tr').first().waitFor();
    const stops = [];
    for (let i = 0; i < 8; ++i) {
        await page.keyboard.press('Tab');
        stops.push(await page.evaluate(() => {
            const node = document.activeElement;
            const style = getComputedStyle(node);
            return { what: node.id || node.textContent.trim(), outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 };
        }));
    }
    assert.deepEqual(stops.map((one) => one.what), ['Skip to the catalogue', 'stub', 'search', 'kind', 'owner', 'shown', 'status', 'health']);
    assert.ok(stops.every((one) => one.outline), JSON.stringify(stops));
    await page.getByRole('button', { name: 'stub' }).focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#owner').inputValue(), 'stub');
    // What a screen reader is told.
    for (const [role, name] of [['table', /state/i], ['table', /why some are hidden/i], ['search', 'Catalogue'], ['heading', 'Backends']])
        assert.ok(await page.getByRole(role, { name }).count() > 0, `${role} ${name}`);
    assert.equal(await row(page, 'stub').getByRole('rowheader').count(), 1);
    assert.ok(await page.getByRole('img', { name: /probes/ }).count() > 0);
    const unlabelled = await page.locator('input, select').evaluateAll((all) => all.filter((one) => one.labels.length === 0).length);
    assert.equal(unlabelled, 0);
});

// Relative luminance and contrast as WCAG 2.2 defines them, of every text against what is painted behind it.
const worstContrast = (page) => page.evaluate(() => {
    const parse = (color) => color.match(/[\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const background = (node) => {
        for (; node; node = node.parentElement) {
            const color = parse(getComputedStyle(node).backgroundColor);
            if (color.length < 4 || color[3] > 0) return color;
        }
        return [255, 255, 255];
    };
    let worst = { ratio: 21 };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (walker.currentNode.textContent.trim() === '' || !node.checkVisibility() || node.closest('.hidden-text, .skip, option, script, noscript')) continue;
        const [a, b] = [luminance(parse(getComputedStyle(node).color)), luminance(background(node))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < worst.ratio) worst = { ratio, text: node.textContent.trim().slice(0, 40) };
    }
    return worst;
});

for (const colorScheme of ['light', 'dark'])
    test(`${colorScheme} colours can be read`, async (t) => {
        const backend = await stub(t, { tools });
        const vmcp = await gatewayWithAdmin(t, { up: backend.url, down: 'http://127.0.0.1:1/mcp' }, { config, ready: ['up'] });
        const page = await openPage(t, `${vmcp.admin}/ui/`, { colorScheme });
        await until('both states', async () => (await healthOf(page, 'up')) === 'healthy' && (await healthOf(page, 'down')) === 'unhealthy');
        await page.locator('#entry-rows tr').first().waitFor();
        const [r] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
        assert.ok(colorScheme === 'dark' ? r < 60 : r > 200, `the page is ${colorScheme}: ${r}`);
        const worst = await worstContrast(page);
        assert.ok(worst.ratio >= 4.5, `contrast ${worst.ratio.toFixed(2)} of "${worst.text}"`);
    });

test('on a phone nothing has to be scrolled sideways', async (t) => {
    const long = 'a'.repeat(60);
    const backend = await stub(t, { tools: [toolDefinition(long)], resources: [{ uri: `mem://${'path/'.repeat(60)}`, name: 'r' }] });
    const vmcp = await gatewayWithAdmin(t, { up: backend.url, [`down-${'x'.repeat(40)}`]: 'http://127.0.0.1:1/mcp' }, { config, ready: ['up'] });
    const page = await openPage(t, `${vmcp.admin}/ui/`, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    await until('the catalogue', async () => (await page.locator('#entry-rows tr').count()) >= 2);
    const { scroll, width } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: document.documentElement.clientWidth }));
    assert.equal(width, 360);
    const wide = await page.evaluate(() => [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth)
        .map((one) => `${one.tagName}.${one.className}#${one.id}`));
    assert.ok(scroll <= width, `${scroll} of ${width}: ${wide.slice(0, 8).join(' ')}`);
    const small = await page.locator('#filters input, #filters select').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height).filter((h) => h < 36));
    assert.deepEqual(small, [], 'what is touched is large enough');
    assert.match(await row(page, 'up').locator('td').first().evaluate((node) => getComputedStyle(node, '::before').content), /State/, 'cells say what they are');
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
    await vmcp.rewrite('backends: [{name: one, urll: x}]');
    await banner.waitFor();
    assert.match(await banner.innerText(), /a file changed/);
    assert.match(await banner.innerText(), /vmcp\.yaml:1:\d+: backends\[0\]\.urll: unknown key/);
    assert.equal(await healthOf(page, 'stub'), 'healthy', 'the configuration before it stays in effect');
    const conditions = async (base) => (await (await fetch(`${base}/status`)).json()).conditions;
    const told = (await conditions(vmcp.base)).find(({ type }) => type === 'ConfigurationValid');
    assert.deepEqual([told.status, told.reason], ['False', 'ReloadRefused']);
    assert.doesNotMatch(JSON.stringify(await conditions(vmcp.base)), /urll/, 'what is wrong is for operators');
    await vmcp.rewrite(configFor([{ name: 'stub', url: backend.url }], { ...config, admin: { port: vmcp.adminPort } }));
    await banner.waitFor({ state: 'hidden' });
    assert.equal((await conditions(vmcp.base)).find(({ type }) => type === 'ConfigurationValid'), undefined);
    assert.deepEqual(page.complaints, []);
});

test('10,000 entries', async (t) => {
    const many = Array.from({ length: 10000 }, (_, i) => toolDefinition(`tool_${i}`));
    const backend = await stub(t, { tools: many });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    await until('the first rows', async () => (await page.locator('#entry-rows tr').count()) === 500, 20000);
    assert.match(await page.locator('#found').innerText(), /10,000 entries; the first 500/);
    await page.locator('#search').fill('tool_9999');
    await until('the one', async () => (await page.locator('#entry-rows tr').count()) === 1);
});

test('a picture for the documentation', { skip: process.env.VMCP_SCREENSHOT ? false : 'only with VMCP_SCREENSHOT' }, async (t) => {
    const [weather, notes] = [await startDemoBackend('weather'), await startDemoBackend('notes')];
    later(t, () => weather.stop());
    later(t, () => notes.stop());
    const vmcp = await gatewayWithAdmin(t, { weather: weather.url, notes: notes.url, tickets: 'http://127.0.0.1:9103/mcp' }, {
        config: { ...config, name: 'team-tools', groupRef: 'platform', aggregation: { tools: [{ workload: 'notes', filter: ['list_notes', 'add_note'] }] } },
        ready: ['weather', 'notes'],
    });
    const clients = await Promise.all(Array.from({ length: 7 }, () => rawClient(t, vmcp)));
    const stream = await clients[0].openStream();
    const page = await openPage(t, `${vmcp.admin}/ui/`, { viewport: { width: 1280, height: 1000 } });
    await until('some probes', async () => (await row(page, 'weather').locator('.spark rect').count()) >= 24, 20000);
    await page.screenshot({ path: process.env.VMCP_SCREENSHOT });
    stream.destroy();
});
