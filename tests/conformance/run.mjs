// Runs the official conformance suite directly against the fixture and through vmcp, and compares check by check: vmcp
// may lose none. Then runs vmcp as the client of the suite's client scenarios. Prints a table, exits 1 on any loss.
// Options: --direct-only (no vmcp), --results DIR, --count-file FILE (gets "passed failed skipped").
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run } from '../end_to_end/lib/process.mjs';
import { startFixture } from './fixture.mjs';
import { startModernFixture } from './modern_fixture.mjs';

const { values: options } = parseArgs({
    options: { 'direct-only': { type: 'boolean' }, results: { type: 'string' }, 'count-file': { type: 'string' } },
});
const suite = fileURLToPath(new URL('../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url));
const clientCommand = `${process.execPath} ${fileURLToPath(new URL('client_through_vmcp.mjs', import.meta.url))}`;

// Each server run, with the least that the fixture itself must reach when it is asked directly.
const serverRuns = [
    { title: '--requirements 2025-11-25', args: ['--requirements', '2025-11-25'], scenarios: 33, checks: 84 },
    { title: '--spec-version 2025-06-18', args: ['--suite', 'all', '--spec-version', '2025-06-18'], scenarios: 27, checks: 56 },
    { title: '--spec-version 2025-03-26', args: ['--suite', 'all', '--spec-version', '2025-03-26'], scenarios: 1, checks: 3 },
];
const plainScenarios = ['initialize', 'tools_call', 'elicitation-sep1034-client-defaults', 'sse-retry'];
// Authorization: of the scenarios of both requirement sets, those that apply. Those of 2026-07-28 speak a revision that vmcp
// does not speak with backends: what they look at comes before that, and where it does not, only the older set is run.
const bothSets = ['client-credentials-basic', 'client-credentials-jwt', 'pre-registration'];
const oldRules = [...bothSets, 'enterprise-managed-authorization'];
const newRules = [...bothSets, 'resource-mismatch', 'metadata-issuer-mismatch'];
// Extensions belong to no revision: the suite runs them where it is told to.
const extensions = ['client-credentials-basic', 'client-credentials-jwt', 'enterprise-managed-authorization'].map((name) => `auth/${name}`);
const clientRuns = [
    ...plainScenarios.map((scenario) => ({ scenario, version: '2025-11-25' })),
    ...oldRules.map((name) => ({ scenario: `auth/${name}`, version: '2025-11-25' })),
    ...newRules.map((name) => ({ scenario: `auth/${name}`, version: '2026-07-28' })),
];

// Every auth scenario that a requirement set names has its row in docs/compatibility.md, which says whether it is run.
async function scenariosAreListed() {
    const page = await readFile(fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url)), 'utf8');
    const rows = new Map([...page.matchAll(/^\| `(auth\/[^`]+)` \| (run|does not apply) \| ?([^|]*)\|$/gm)]
        .map(([, name, here, why]) => [name, { run: here === 'run', why: why.trim() }]));
    const lost = [];
    for (const set of ['2025-11-25', '2026-07-28']) {
        const text = await readFile(join(suite, '../../requirements', `${set}.yaml`), 'utf8');
        for (const [, name] of text.matchAll(/^ +- (?:scenario: )?(auth\/\S+)$/gm)) {
            const row = rows.get(name);
            if (!row) lost.push(`${set} ${name}: docs/compatibility.md does not say what becomes of it`);
            else if (row.run !== clientRuns.some((one) => one.scenario === name))
                lost.push(`${name}: docs/compatibility.md says otherwise than what is run`);
            else if (!row.run && row.why === '') lost.push(`${name}: without a reason`);
        }
    }
    row('all auth scenarios have their row', rows.size, '', lost);
}

// The checks of a results folder: scenario -> [{id, status, errorMessage}].
async function readChecks(folder) {
    const found = new Map();
    for (const file of await readdir(folder, { recursive: true })) { // a scenario's name may hold a '/'
        if (!file.endsWith('checks.json')) continue;
        const entry = dirname(file);
        const scenario = /^(?:server|client)?-?(.*?)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(entry)?.[1] ?? entry;
        found.set(scenario, JSON.parse(await readFile(join(folder, file), 'utf8')));
    }
    return found;
}

async function serverRun(url, { args }, folder) {
    const ended = await run(process.execPath, [suite, 'server', '--url', url, ...args, '-o', folder], { ms: 180000 });
    return { code: ended.code, checks: await readChecks(folder), output: ended.stdout + ended.stderr };
}

const passed = (checks, id) => checks.filter((one) => one.id === id && one.status === 'SUCCESS').length;
const count = (checks, status) => checks.filter((one) => one.status === status).length;

// What the run through vmcp lost against the direct one; an empty list is the wanted result.
function losses(direct, through) {
    if (!through) return ['the scenario did not run'];
    const lost = [];
    for (const id of new Set(direct.filter((one) => one.status === 'SUCCESS').map((one) => one.id)))
        if (passed(through, id) < passed(direct, id)) {
            const failed = through.find((one) => one.id === id && one.status !== 'SUCCESS');
            lost.push(`${id}: ${failed ? `${failed.status} ${failed.errorMessage ?? ''}` : 'missing'}`);
        }
    for (const one of through)
        if (one.status === 'FAILURE' && !lost.some((text) => text.startsWith(`${one.id}:`)) &&
            !direct.some((other) => other.id === one.id && other.status === 'FAILURE'))
            lost.push(`${one.id}: FAILURE ${one.errorMessage ?? ''}`);
    return lost;
}

const cell = (text, width) => String(text).padEnd(width);
const tally = { passed: 0, failed: 0 };

function row(scenario, direct, through, lost) {
    const verdict = lost.length === 0 ? 'ok' : 'LOST';
    console.log(`  ${cell(scenario, 54)}${cell(direct, 10)}${cell(through, 10)}${verdict}`);
    for (const line of lost) console.log(`      ${line.slice(0, 300)}`);
    tally[lost.length === 0 ? 'passed' : 'failed'] += 1;
}

async function compareServer(one, root, fixture, gateway) {
    const folder = (side) => join(root, `${side}${one.title.replace(/\W+/g, '-')}`);
    const direct = await serverRun(`http://localhost:${fixture.port}/mcp`, one, folder('direct'));
    const sum = ({ checks }) => [...checks.values()].reduce((all, list) => all + count(list, 'SUCCESS'), 0);
    const total = sum(direct);
    console.log(`\nserver ${one.title}: the fixture itself passes ${total} checks of ${direct.checks.size} scenarios`);
    if (direct.code !== 0 || direct.checks.size !== one.scenarios || total < one.checks)
        throw new Error(`the fixture must pass ${one.checks} checks of ${one.scenarios} scenarios when asked directly ` +
            `(exit code ${direct.code})\n${direct.output.slice(-4000)}`);
    const through = gateway
        ? await serverRun(`http://localhost:${gateway.port}/mcp`, one, folder('through'))
        : direct;
    console.log(`  ${cell('scenario', 54)}${cell('direct', 10)}${cell(gateway ? 'vmcp' : '-', 10)}verdict`);
    for (const [scenario, checks] of direct.checks) {
        const other = through.checks.get(scenario);
        row(scenario, count(checks, 'SUCCESS'), other ? count(other, 'SUCCESS') : 0, losses(checks, other));
    }
    if (gateway) console.log(`  through vmcp ${sum(through)} checks pass, directly ${total}`);
    if (gateway && through.code !== 0) {
        console.log(`  the suite ended with exit code ${through.code} through vmcp`);
        tally.failed += 1;
    }
}

// Clients of the stateless revision through vmcp, in front of a server with sessions that asks in the middle of calls: the
// suite has no such server to compare with, so every check of a scenario must pass but those that are known, with the reason.
const statelessExceptions = new Map([
    ['sep-2322-elicitation-incomplete', 'wants a key of the server\'s own choice, and a server with sessions chooses none'],
]);
const statelessScenarios = 40; // without those of the tasks extension, which is not offered

async function statelessRun(root) {
    const { configFor, startVmcp, unprefixed } = await import('../end_to_end/lib/vmcp.mjs');
    const fixture = await startFixture({ asking: true });
    const gateway = await startVmcp(configFor([{ name: 'fixture', url: fixture.url }], { aggregation: unprefixed('fixture') }));
    try {
        const { checks } = await serverRun(`http://localhost:${gateway.port}/mcp`,
            { args: ['--requirements', '2026-07-28'] }, join(root, 'stateless'));
        const scenarios = [...checks].filter(([name]) => !name.startsWith('tasks-'));
        console.log(`\nserver --requirements 2026-07-28 through vmcp, in front of a server of 2025-11-25`);
        console.log(`  ${cell('scenario', 54)}${cell('passed', 10)}${cell('failed', 10)}verdict`);
        for (const [scenario, list] of scenarios) {
            const failed = list.filter((check) => check.status === 'FAILURE');
            const lost = failed.filter((check) => !statelessExceptions.has(check.id))
                .map((check) => `${check.id}: ${check.errorMessage ?? ''}`);
            if (count(list, 'SUCCESS') === 0) lost.push('no check passed');
            row(scenario, count(list, 'SUCCESS'), failed.length, lost);
            for (const check of failed)
                if (statelessExceptions.has(check.id)) console.log(`      ${check.id}: ${statelessExceptions.get(check.id)}`);
        }
        if (scenarios.length !== statelessScenarios)
            row('all scenarios ran', scenarios.length, 0, [`${statelessScenarios} were expected`]);
    } finally {
        await gateway.stop();
        await fixture.close();
    }
}

// The same clients in front of a server of their own revision: through vmcp no check is lost that passes directly, whether the
// definition says what the server speaks or it is found out.
async function modernRun(root) {
    const { configFor, startVmcp, unprefixed } = await import('../end_to_end/lib/vmcp.mjs');
    const one = { title: '--requirements 2026-07-28', args: ['--requirements', '2026-07-28'] };
    const ask = async (url, folder) => (await serverRun(url, one, join(root, folder))).checks;
    const started = [];
    try {
        const own = await startModernFixture();
        started.push(() => own.close());
        const direct = await ask(own.url.replace('127.0.0.1', 'localhost'), 'stateless-direct');
        for (const era of ['modern', 'auto']) {
            const fixture = await startModernFixture({ dual: era === 'auto' });
            started.push(() => fixture.close());
            const gateway = await startVmcp(configFor([{ name: 'fixture', url: fixture.url, era }], { aggregation: unprefixed('fixture') }));
            started.push(() => gateway.stop());
            const through = await ask(`http://localhost:${gateway.port}/mcp`, `stateless-${era}`);
            console.log(`\nserver --requirements 2026-07-28 through vmcp, in front of a server of 2026-07-28 (era: ${era})`);
            console.log(`  ${cell('scenario', 54)}${cell('direct', 10)}${cell('vmcp', 10)}verdict`);
            for (const [scenario, checks] of direct) {
                if (scenario.startsWith('tasks-')) continue; // the extension is not offered
                const other = through.get(scenario);
                const lost = losses(checks, other);
                row(scenario, count(checks, 'SUCCESS'), other ? count(other, 'SUCCESS') : 0, lost);
            }
        }
    } finally {
        for (const stop of started.reverse()) await stop();
    }
}

async function clientRole(root) {
    console.log('\nclient: an SDK client drives vmcp, whose backend is the suite');
    console.log(`  ${cell('scenario', 54)}${cell('passed', 10)}${cell('failed', 10)}verdict`);
    for (const { scenario, version } of clientRuns) {
        const folder = join(root, `client-${scenario.replace('/', '-')}-${version}`);
        const ended = await run(process.execPath,
            [suite, 'client', '--command', clientCommand, '--scenario', scenario, '--spec-version', version,
                ...(extensions.includes(scenario) ? ['--force'] : []), '-o', folder],
            { ms: 60000 });
        const checks = [...(await readChecks(folder).catch(() => new Map())).values()].flat();
        const failed = checks.filter((check) => check.status === 'FAILURE' || check.status === 'WARNING');
        const lost = failed.map((check) => `${check.id}: ${check.status} ${check.errorMessage ?? ''}`);
        if (count(checks, 'SUCCESS') === 0) lost.push('no check passed');
        if (ended.code !== 0) lost.push(`exit code ${ended.code}: ${(ended.stdout + ended.stderr).slice(-1500)}`);
        row(`${scenario} (${version})`, count(checks, 'SUCCESS'), failed.length, lost);
    }
    await scenariosAreListed();
}

async function main() {
    const root = options.results ?? await mkdtemp(join(tmpdir(), 'vmcp-conformance-'));
    const fixture = await startFixture();
    let gateway;
    try {
        if (!options['direct-only']) {
            const { configFor, startVmcp, unprefixed } = await import('../end_to_end/lib/vmcp.mjs');
            const config = configFor([{ name: 'fixture', url: fixture.url }], { aggregation: unprefixed('fixture') });
            gateway = await startVmcp(config);
        }
        for (const one of serverRuns) await compareServer(one, root, fixture, gateway);
        await gateway?.stop();
        gateway = undefined;
        if (!options['direct-only']) {
            await statelessRun(root);
            await modernRun(root);
            await clientRole(root);
        }
    } finally {
        gateway?.program.child.kill('SIGKILL');
        await fixture.close();
        if (!options.results) await rm(root, { recursive: true, force: true });
    }
}

try {
    await main();
} catch (error) {
    console.log(`conformance: ${error.message}`);
    tally.failed += 1;
}
console.log(`\nconformance: ${tally.passed} scenarios passed, ${tally.failed} failed`);
if (options['count-file']) await writeFile(options['count-file'], `${tally.passed} ${tally.failed} 0\n`);
process.exit(tally.failed === 0 ? 0 : 1);
