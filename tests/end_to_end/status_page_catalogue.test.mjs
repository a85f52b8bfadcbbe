// asan: no (drives a browser; its streams are tested in admin.test.mjs)
// The catalogue of the status page in a real browser: who offers what, what it is, and why something is not shown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayWithAdmin, get } from './lib/admin.mjs';
import { openPage } from './lib/browser.mjs';
import { until } from './lib/process.mjs';
import { stub, toolDefinition } from './lib/setup.mjs';
import { config, entries, namesOf, openEntry, owner, unfold } from './lib/status_page.mjs';
import { configFor } from './lib/vmcp.mjs';

const tools = [toolDefinition('alpha'), toolDefinition('beta')];

test('the catalogue says who owns what and why something is hidden, and can be searched', async (t) => {
    const [one, two] = [await stub(t, { tools, resources: [{ uri: 'mem://a', name: 'a' }] }), await stub(t, { tools })];
    const vmcp = await gatewayWithAdmin(t, { one: one.url, two: two.url }, {
        config: { ...config, aggregation: { tools: [{ workload: 'two', filter: ['alpha'] }] } },
    });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    // The page is drawn a moment after what changes it.
    const shown = (count, why) => until(why, async () => (await entries(page).count()) === count);
    await until('both backends', async () => (await page.locator('details.owner').count()) === 2);
    await until('all entries', async () => (await page.locator('#found').innerText()) === '5 entries');
    await shown(0, 'folded up');
    assert.match(await owner(page, 'one').innerText(), /2 tools, 1 resource/);
    assert.match(await owner(page, 'two').innerText(), /1 tool, 1 hidden/);
    await unfold(page, 'two');
    await unfold(page, 'one');
    await shown(5, 'as many entries');
    const hidden = entries(page).filter({ hasText: 'hidden' });
    assert.equal(await hidden.count(), 1);
    assert.match(await hidden.innerText(), /beta[\s\S]*filter/);
    assert.match(await entries(page).filter({ hasText: 'one_alpha' }).innerText(), /at the backend: alpha/);
    await owner(page, 'one').locator('> summary').click();
    await shown(2, 'folded up again');
    // Also where a search begins, and is over, before the browser tells that it was.
    await unfold(page, 'one');
    await page.evaluate(() => {
        document.querySelector('details.owner[data-owner="one"] > summary').click();
        const search = document.getElementById('search');
        for (search.value of ['alpha', '']) search.dispatchEvent(new Event('input'));
    });
    await shown(2, 'folded up, whatever was searched meanwhile');

    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
    await page.keyboard.type('ALPHA one');
    await until('the match', async () => JSON.stringify(await namesOf(page)) === '["one_alpha"]');
    assert.equal(await page.locator('#found').innerText(), '1 of 5 entries');
    assert.equal(await owner(page, 'two').isVisible(), false, 'nothing there');
    await page.locator('#search').fill('');
    await shown(2, 'as it was before the search');
    await page.locator('#kind').selectOption('resource');
    assert.deepEqual(await namesOf(page), ['mem://a']);
    await page.locator('#kind').selectOption('');
    await page.locator('#shown').selectOption('hidden');
    await shown(1, 'as many entries');
    await page.locator('#shown').selectOption('');
    await page.getByRole('button', { name: 'two', exact: true }).click();
    assert.equal(await page.locator('#owner').inputValue(), 'two');
    await shown(2, 'as many entries');

    // A tool that appears later comes into the open page, and the filter stays.
    two.tools.push(JSON.stringify(toolDefinition('alpha_two')));
    await vmcp.rewrite(configFor([{ name: 'one', url: one.url }, { name: 'two', url: two.url }], { ...config, admin: { port: vmcp.adminPort } }));
    await until('the change', async () => (await namesOf(page)).includes('two_beta'));
    assert.equal(await page.locator('#owner').inputValue(), 'two');
    assert.deepEqual(page.complaints, []);
});

test('an entry says what its backend says of it, asked for when somebody looks', async (t) => {
    const inputSchema = { type: 'object', properties: { city: { type: 'string', description: 'Where' } }, required: ['city'] };
    const backend = await stub(t, {
        tools: [toolDefinition('alpha', { description: 'Says the weather.\nOf any place.', inputSchema }), toolDefinition('vast', { inputSchema: { type: 'object', description: 'x'.repeat(600_000) } })],
        prompts: [{ name: 'greet', description: 'Greets', arguments: [{ name: 'who' }] }],
        resources: [{ uri: 'mem://a?b=c&d=%20', name: 'a' }],
    });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config });
    const asked = [];
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    page.on('request', (request) => request.url().includes('/ui/entry') && asked.push(request.url()));
    await owner(page, 'stub').waitFor();
    await unfold(page, 'stub');
    assert.deepEqual(asked, []);
    const details = await openEntry(page, 'stub_alpha');
    assert.equal(await details.locator('.text').innerText(), 'Says the weather.\nOf any place.');
    assert.deepEqual(JSON.parse(await details.getByLabel('Input schema').innerText()), inputSchema);
    assert.equal(asked.length, 1);
    await page.getByRole('button', { name: 'stub_alpha', exact: true }).click();
    assert.equal(await details.count(), 0, 'and folds up again');
    assert.match(await (await openEntry(page, 'stub_vast')).innerText(), /600,\d+ bytes, too many for this page/);
    await page.getByRole('button', { name: 'stub_vast', exact: true }).click();
    assert.match(await (await openEntry(page, 'stub_greet')).innerText(), /Greets[\s\S]*"who"/);
    await page.getByRole('button', { name: 'stub_greet', exact: true }).click();
    assert.match(await (await openEntry(page, 'mem://a?b=c&d=%20')).innerText(), /says no more of it/);
    assert.deepEqual(page.complaints, []);
});

test('entries are for operators, and asked for by name', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config });
    const path = '/ui/entry?kind=tool&name=stub_alpha';
    const told = await get(`${vmcp.admin}${path}`);
    assert.deepEqual(JSON.parse(told.text), { entry: { ...tools[0], name: 'stub_alpha' } });
    assert.equal(told.headers['x-content-type-options'], 'nosniff');
    assert.equal((await get(`${vmcp.admin}${path}`, { origin: 'https://evil.example' })).status, 403);
    assert.equal((await get(`${vmcp.admin}${path}`, { host: 'evil.example' })).status, 403);
    assert.equal((await get(`${vmcp.base}${path}`)).status, 404);
    assert.equal((await get(`${vmcp.admin}/ui/entry?kind=tool&name=none`)).status, 404);
    assert.equal((await get(`${vmcp.admin}/ui/entry?kind=tool`)).status, 400);
});

test('10,000 entries', async (t) => {
    const many = Array.from({ length: 10000 }, (_, i) => toolDefinition(`tool_${i}`));
    const backend = await stub(t, { tools: many });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    await page.locator('#found', { hasText: '10,000 entries' }).waitFor({ timeout: 20000 });
    await unfold(page, 'stub');
    await until('the first rows', async () => (await entries(page).count()) === 500, 20000);
    assert.match(await owner(page, 'stub').locator('.more').innerText(), /the first 500 are listed/);
    await page.locator('#search').fill('tool_9999');
    await until('the one', async () => (await entries(page).count()) === 1);
});
