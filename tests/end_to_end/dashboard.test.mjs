// deploy/grafana: every query of the dashboard returns data from a real Prometheus that scrapes a gateway under load, and the
// rules are rules.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startReceiver } from './lib/otlp_receiver.mjs';
import { freePort } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { gateway, later, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { repository } from './lib/vmcp.mjs';

const run = promisify(execFile);
const dashboard = join(repository, 'deploy/grafana/vmcp.json');
const rules = join(repository, 'deploy/grafana/alerts.yaml');

const missing = await run('prometheus', ['--version']).then(() => false, (problem) => problem.code === 'ENOENT');
const skip = missing && 'prometheus is not installed';

async function queries() {
    const { panels } = JSON.parse(await readFile(dashboard, 'utf8'));
    const out = [];
    for (const panel of panels)
        for (const { expr } of panel.targets ?? [])
            out.push({ title: panel.title, expr: expr.replaceAll('$__rate_interval', '5s').replaceAll(/\$(job|instance)/g, '.+') });
    return out;
}

async function prometheus(t, target) {
    const directory = await mkdtemp(join(tmpdir(), 'vmcp-prometheus-'));
    const port = await freePort();
    await writeFile(join(directory, 'prometheus.yml'), JSON.stringify({
        global: { scrape_interval: '500ms', scrape_timeout: '500ms' }, rule_files: [rules],
        scrape_configs: [{ job_name: 'vmcp', static_configs: [{ targets: [target] }] }],
    }));
    const child = spawn('prometheus', [`--config.file=${join(directory, 'prometheus.yml')}`, `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.on('data', (piece) => (words = (words + piece).slice(-4000)));
    later(t, async () => {
        const ended = new Promise((exit) => child.once('exit', exit));
        if (child.exitCode === null) child.kill('SIGTERM'), await ended;
        await rm(directory, { recursive: true, force: true });
    });
    const base = `http://127.0.0.1:${port}`;
    await until('Prometheus is ready', () => fetch(`${base}/-/ready`).then((answer) => answer.ok, () => {
        if (child.exitCode !== null) throw new Error(words);
        return false;
    }), 60000);
    return async (expr) => {
        const answer = await fetch(`${base}/api/v1/query?query=${encodeURIComponent(expr)}`);
        const { status, error, data } = await answer.json();
        assert.equal(status, 'success', `${expr}: ${error}`);
        return data.result.filter(({ value }) => value[1] !== 'NaN');
    };
}

test('the variables of the dashboard are those that its queries use', async () => {
    const { templating } = JSON.parse(await readFile(dashboard, 'utf8'));
    assert.deepEqual(templating.list.map(({ name }) => name), ['datasource', 'job', 'instance']);
    for (const { expr } of await queries()) assert.doesNotMatch(expr, /\$/);
});

test('every query of the dashboard returns data', { skip, timeout: 240000 }, async (t) => {
    const receiver = await startReceiver(t);
    const backend = await stub(t, { tools: [toolDefinition('one')] });
    const vmcp = await gateway(t, { stub: backend.url }, {
        config: {
            telemetry: { endpoint: receiver.url, tracingEnabled: true, samplingRate: '1' },
            operational: { failureHandling: { healthCheckInterval: '2s' } },
        },
    });
    const client = await rawClient(t, vmcp);
    let going = true;
    const traffic = (async () => {
        while (going) {
            await client.request('tools/call', { name: 'stub_one', arguments: {} });
            await client.request('tools/call', { name: 'nobody_has_this', arguments: {} });
            await client.request('tools/list', {});
            await new Promise((wait) => setTimeout(wait, 50));
        }
    })();
    try {
        const ask = await prometheus(t, `127.0.0.1:${vmcp.port}`);
        let empty = await queries();
        assert.ok(empty.length >= 20);
        await until('data for every query', async () => {
            const left = [];
            for (const one of empty) if ((await ask(one.expr)).length === 0) left.push(one);
            empty = left;
            return empty.length === 0;
        }, 90000).catch((problem) => {
            throw new Error(`${problem.message}: nothing for ${empty.map(({ title, expr }) => `${title}: ${expr}`).join('\n')}`);
        });
    } finally {
        going = false;
        await traffic;
    }
});

test('the rules are rules', { skip }, async () => {
    await run('promtool', ['check', 'rules', rules]);
});
