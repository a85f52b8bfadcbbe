// asan: no (drives a browser; what it sends is tested in trial_calls.test.mjs)
// Trying a tool on the status page in a real browser: the form, the call while it runs, and what it answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayWithAdmin } from './lib/admin.mjs';
import { openPage } from './lib/browser.mjs';
import { until } from './lib/process.mjs';
import { later, stub, toolDefinition } from './lib/setup.mjs';
import { config, openEntry, owner, unfold } from './lib/status_page.mjs';
import { configFor } from './lib/vmcp.mjs';

const token = 'a-long-token-of-operators';
const inputSchema = {
    type: 'object', required: ['city', 'n', 'list'],
    properties: {
        city: { type: 'string', 'x-mcp-header': 'City' }, n: { type: 'integer', default: 3 }, factor: { type: 'number' }, on: { type: 'boolean' },
        unit: { enum: ['celsius', 7, null] }, list: { type: 'array' }, left_out: { type: 'object' },
    },
};

// The panel of a tool, open.
async function panelOf(page, name) {
    const details = await openEntry(page, name);
    await details.getByText('Try it').click();
    return details.locator('details.try');
}

async function started(t, { handle, tools = [toolDefinition('alpha', { inputSchema })], ...options } = {}) {
    const backend = await stub(t, { tools });
    if (handle) backend.on('tools/call', handle);
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config, token, ...options });
    const page = await openPage(t, `${vmcp.admin}/ui/`);
    await owner(page, 'stub').waitFor();
    await unfold(page, 'stub');
    return { backend, vmcp, page };
}

const start = (panel) => panel.getByRole('button', { name: 'Call', exact: true }).click();

test('what is entered is what the backend gets, and what it answers is shown', async (t) => {
    const { backend, page } = await started(t, { handle: (exchange) => exchange.result(JSON.stringify({
        content: [{ type: 'text', text: 'first\nsecond' }, { type: 'image', mimeType: 'image/png', data: 'AAAA' }, { type: 'resource_link', uri: 'mem://a' }],
        structuredContent: { degrees: 7 }, isError: true })) });
    const panel = await panelOf(page, 'stub_alpha');
    assert.equal(await panel.getByLabel('n integer').inputValue(), '3');
    await panel.getByLabel('factor').fill('1,5');
    await start(panel);
    assert.deepEqual(await panel.locator('.problem').filter({ hasText: /./ }).allInnerTexts(), ['is not a number', 'is needed']);
    await panel.getByLabel('city').fill('Zürich');
    await panel.getByLabel('n integer').fill('12345678901234567890');
    await panel.getByLabel('factor').fill('1.50');
    await panel.getByLabel('on boolean').selectOption('false');
    await panel.getByLabel('unit').selectOption({ label: '7' });
    await panel.getByLabel('list').fill('["a", {"b": 1.0}]');
    await panel.getByLabel('admin.token').fill(token);
    await start(panel);
    await panel.getByText(/^the tool says that it failed after/).waitFor();
    assert.match(backend.requests('tools/call')[0].body,
        /"arguments":\{"city":"Zürich","n":12345678901234567890,"factor":1\.50,"on":false,"unit":7,"list":\["a", \{"b": 1\.0\}\]\}/);
    assert.equal(backend.requests('tools/call')[0].message.params.name, 'alpha');
    const text = await panel.locator('.outcome').innerText();
    assert.match(text, /first\nsecond/);
    assert.match(text, /image \(image\/png\), 4 characters of base64; not shown/);
    assert.match(text, /"uri": "mem:\/\/a"/);
    assert.match(text, /"degrees": 7/);
    assert.ok(!(await page.content()).includes(token), 'the token is in no markup');
    assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]), [[], [], '']);
    assert.deepEqual(page.complaints, []);
});

test('another token is refused, and errors are told', async (t) => {
    const { page } = await started(t, { handle: (exchange) => exchange.error({ code: -32099, message: 'no such city', data: { city: 'x' } }), tools: [toolDefinition('alpha')] });
    const panel = await panelOf(page, 'stub_alpha');
    await panel.getByLabel('admin.token').fill('something else');
    await start(panel);
    await panel.getByText('the token is not admin.token').waitFor();
    await panel.getByLabel('admin.token').fill('€');
    await start(panel);
    await until('a token that no header can hold', async () => !/is not admin|running/.test(await panel.getByRole('status').innerText()));
    await panel.getByLabel('admin.token').fill(token);
    await start(panel);
    await panel.getByText(/^error -32099 after/).waitFor();
    assert.match(await panel.locator('.outcome').innerText(), /no such city[\s\S]*"city": "x"/);
});

test('progress is shown while the call runs; a cancel, a fold and a closed page end it', async (t) => {
    let step;
    const { backend, page } = await started(t, { tools: [toolDefinition('alpha')], handle: (exchange) => {
        const stream = exchange.sse();
        step = (progress) => stream.send({ jsonrpc: '2.0', method: 'notifications/progress',
            params: { progressToken: exchange.message.params._meta.progressToken, progress, total: 4, message: 'half of it' } });
        later(t, async () => stream.end());
    } });
    const calls = () => backend.requests('tools/call').length;
    const cancelled = () => backend.requests('notifications/cancelled').length;
    const panel = await panelOf(page, 'stub_alpha');
    await panel.getByLabel('admin.token').fill(token);
    await start(panel);
    await until('the call', () => calls() === 1);
    step(2);
    await panel.getByText('2 of 4: half of it').waitFor();
    assert.deepEqual(await panel.getByLabel('progress').evaluate((bar) => [bar.value, bar.max]), [2, 4]);
    assert.equal(await panel.getByText('running…').count(), 1);
    await panel.getByRole('button', { name: 'Cancel' }).click();
    await panel.getByText(/^cancelled after/).waitFor();
    await until('the backend hears of it', () => cancelled() === 1);

    await start(panel);
    await until('the second call', () => calls() === 2);
    await page.getByRole('button', { name: 'stub_alpha', exact: true }).click();
    await until('its end', () => cancelled() === 2);

    await start(await panelOf(page, 'stub_alpha'));
    await until('the third call, with the token that the page remembers', () => calls() === 3);
    await page.goto('about:blank');
    await until('its end', () => cancelled() === 3);
});

test('without admin.token the page says how to switch it on, and notices when it is', async (t) => {
    const { backend, vmcp, page } = await started(t, { token: undefined });
    const panel = await panelOf(page, 'stub_alpha');
    await panel.getByText(/Trying calls is off\. Set admin\.token/).waitFor();
    assert.equal(await panel.getByRole('button').count(), 0);
    await vmcp.rewrite(configFor([{ name: 'stub', url: backend.url }], { ...config, admin: { port: vmcp.adminPort, token } }));
    await panel.getByRole('button', { name: 'Call', exact: true }).waitFor();
    assert.deepEqual(page.complaints, []);
});
