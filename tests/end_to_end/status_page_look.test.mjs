// asan: no (drives a browser; its streams are tested in admin.test.mjs)
// How the status page looks and is used in a real browser: with the keyboard, in the dark, and on a phone.
// VMCP_SCREENSHOT=docs/status-page.png also keeps a picture of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayWithAdmin } from './lib/admin.mjs';
import { openPage } from './lib/browser.mjs';
import { until } from './lib/process.mjs';
import { later, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { config, entries, healthOf, openEntry, owner, row, unfold } from './lib/status_page.mjs';
import { startDemoBackend } from './lib/vmcp.mjs';

const inputSchema = { type: 'object', required: ['city'], properties: { city: { type: 'string', description: 'Where' }, count: { type: 'integer' }, more: { type: 'object' } } };
const tools = [toolDefinition('alpha', { inputSchema }), toolDefinition('beta')];

test('the keyboard reaches everything, and what has the focus can be seen', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config, token: 'of-operators' });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    await owner(page, 'stub').waitFor();
    const stops = [];
    for (let i = 0; i < 11; ++i) {
        await page.keyboard.press('Tab');
        stops.push(await page.evaluate(() => {
            const node = document.activeElement;
            const style = getComputedStyle(node);
            return { what: node.id || node.getAttribute('aria-label') || node.textContent.trim(), outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 };
        }));
    }
    assert.deepEqual(stops.map((one) => one.what), ['Skip to the catalogue', 'Copy the endpoint', 'Connect a client', 'stub', 'search', 'kind', 'owner', 'shown',
        'stub 2 tools', 'status', 'health']);
    assert.ok(stops.every((one) => one.outline), JSON.stringify(stops));
    await page.getByRole('button', { name: 'stub', exact: true }).focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#owner').inputValue(), 'stub');
    await page.getByRole('button', { name: 'stub_alpha' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Try it').waitFor();
    assert.equal(await page.getByRole('button', { name: 'stub_alpha' }).getAttribute('aria-expanded'), 'true');
    await page.getByText('Try it').focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('city').waitFor();
    // What a screen reader is told.
    for (const [role, name] of [['table', /state/i], ['table', /why some are hidden/i], ['search', 'Catalogue'], ['heading', 'Backends']])
        assert.ok(await page.getByRole(role, { name }).count() > 0, `${role} ${name}`);
    assert.equal(await row(page, 'stub').getByRole('rowheader').count(), 1);
    assert.ok(await page.getByRole('img', { name: /probes/ }).count() > 0);
    const unlabelled = await page.locator('input, select, textarea').evaluateAll((all) => all.filter((one) => one.labels.length === 0 && !one.ariaLabel).length);
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
        const vmcp = await gatewayWithAdmin(t, { up: backend.url, down: 'http://127.0.0.1:1/mcp' }, { config, token: 'of-operators', ready: ['up'] });
        const page = await openPage(t, `${vmcp.admin}/ui/`, { colorScheme });
        await until('both states', async () => (await healthOf(page, 'up')) === 'healthy' && (await healthOf(page, 'down')) === 'unhealthy');
        await page.getByText('Connect a client').click();
        await unfold(page, 'up');
        const details = await openEntry(page, 'up_alpha');
        await details.getByText('Try it').click();
        await details.getByLabel('count').fill('none');
        await details.getByRole('button', { name: 'Call', exact: true }).click();
        await details.getByText('is not a whole number').waitFor();
        await page.locator('#trouble-rows li').first().waitFor();
        const [r] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
        assert.ok(colorScheme === 'dark' ? r < 60 : r > 200, `the page is ${colorScheme}: ${r}`);
        const worst = await worstContrast(page);
        assert.ok(worst.ratio >= 4.5, `contrast ${worst.ratio.toFixed(2)} of "${worst.text}"`);
    });

test('on a phone nothing has to be scrolled sideways', async (t) => {
    const long = 'a'.repeat(60);
    const backend = await stub(t, { tools: [toolDefinition(long, { description: 'x'.repeat(200), inputSchema })], resources: [{ uri: `mem://${'path/'.repeat(60)}`, name: 'r' }] });
    const vmcp = await gatewayWithAdmin(t, { up: backend.url, [`down-${'x'.repeat(40)}`]: 'http://127.0.0.1:1/mcp' }, { config, token: 'of-operators', ready: ['up'] });
    const page = await openPage(t, `${vmcp.admin}/ui/`, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    await until('the catalogue', async () => (await page.locator('details.owner').count()) >= 1);
    await page.getByText('Connect a client').click();
    await unfold(page, 'up');
    await until('its entries', async () => (await entries(page).count()) === 2);
    const details = await openEntry(page, `up_${long}`);
    await details.getByText('Try it').click();
    await details.getByLabel('city').waitFor();
    const { scroll, width } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: document.documentElement.clientWidth }));
    assert.equal(width, 360);
    const wide = await page.evaluate(() => [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth)
        .map((one) => `${one.tagName}.${one.className}#${one.id}`));
    assert.ok(scroll <= width, `${scroll} of ${width}: ${wide.slice(0, 8).join(' ')}`);
    const small = await page.locator('#filters input, #filters select').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height).filter((h) => h < 36));
    assert.deepEqual(small, [], 'what is touched is large enough');
    assert.match(await row(page, 'up').locator('td').first().evaluate((node) => getComputedStyle(node, '::before').content), /State/, 'cells say what they are');
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
