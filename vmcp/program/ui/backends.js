// The table of backends: those that need a person come first.
import { $, cell, make, note, pill, set_attribute, set_text, show_pill, show_time } from './page.js';
import { ago, milliseconds, shown } from './text.js';

const tones = { healthy: 'good', degraded: 'warn', unhealthy: 'bad', unauthenticated: 'lock' };
const worst_first = ['unhealthy', 'unauthenticated', 'degraded', 'unknown', 'healthy'];
// A circuit that lets calls through is no good news beside a backend that is not well.
const circuit_tone = (circuit, health) => ({ closed: health === 'healthy' ? 'good' : 'none', open: 'bad', 'half-open': 'warn' })[circuit];

const svg_make = (tag, attributes) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
    return node;
};

// The top of the scale for all: 1, 2 or 5 with zeros, so that it moves seldom.
export function scale_of(all) {
    const most = all.flat().reduce((top, one) => Math.max(top, one ?? 0), 1);
    const unit = 10 ** Math.floor(Math.log10(most));
    return [1, 2, 5, 10].find((n) => n * unit >= most) * unit;
}

function sparkline(samples, scale) {
    const good = samples.filter((one) => one !== null);
    const failed = samples.length - good.length;
    const svg = svg_make('svg', { class: 'spark', viewBox: '0 0 128 24', preserveAspectRatio: 'none', role: 'img',
        'aria-label': `last ${samples.length} probes: ` + (good.length > 0 ? `at most ${milliseconds(Math.max(...good))}` : 'no answer') +
            (failed > 0 ? `, ${failed} failed` : '') });
    samples.forEach((one, i) => {
        const height = one === null ? 24 : Math.min(24, Math.max(1.5, (one / scale) * 24));
        svg.append(svg_make('rect', { x: 128 - (samples.length - i) * 4, y: 24 - height, width: 3, height, ...(one === null && { class: 'failed' }) }));
    });
    return svg;
}

class BackendRow {
    constructor(name, chosen) {
        this.button = make('button', { type: 'button', class: 'name peer', title: 'show what it offers' }, shown(name));
        this.url = make('span', { class: 'under mono peer' });
        this.state = pill('state');
        this.reason = make('span', { class: 'reason peer' });
        this.since = make('time');
        this.checked = make('span', { class: 'under' });
        this.failures_text = make('span', { class: 'under' });
        this.latency = make('div');
        this.latency_text = make('span', { class: 'under' });
        this.circuit = make('span');
        this.revision = make('span', { class: 'peer' });
        this.transport = make('span', { class: 'under peer' });
        this.calls = make('span');
        this.waiting = make('span', { class: 'under' });
        const calls = cell('Calls', make('div', {}, this.calls, this.waiting));
        calls.classList.add('number');
        this.node = make('tr', { role: 'row' },
            make('th', { role: 'rowheader', scope: 'row' }, this.button, this.url),
            cell('State', make('div', {}, this.state, this.reason)),
            cell('Since', make('div', {}, this.since, this.checked, this.failures_text)),
            cell('Latency', make('div', {}, this.latency, this.latency_text)),
            cell('Circuit', this.circuit),
            cell('MCP', make('div', {}, this.revision, this.transport)),
            calls);
        this.button.addEventListener('click', () => chosen(name));
    }

    show(backend, load, scale) {
        if (this.health !== undefined && this.health !== backend.health) {
            note(`${backend.name}: ${this.health} → ${backend.health}${backend.reason && backend.health !== 'healthy' ? `: ${backend.reason}` : ''}`,
                tones[backend.health]);
            this.node.classList.remove('changed');
            void this.node.offsetWidth; // starts the animation again
            this.node.classList.add('changed');
        }
        this.health = backend.health;
        this.node.dataset.health = backend.health;
        set_text(this.url, shown(backend.url));
        show_pill(this.state, backend.health, tones[backend.health]);
        const reason = shown(backend.reason);
        set_text(this.reason, reason);
        this.reason.hidden = reason === '' || backend.health === 'healthy';
        this.last_change = backend.last_change;
        this.last_check = backend.last_check;
        this.failures = backend.consecutive_failures;
        this.show_latency(backend.latency_ms, scale);
        this.show_circuit(backend.circuit, backend.health);
        set_text(this.revision, shown(backend.mcp_revision) || '–');
        set_text(this.transport, shown(backend.transport));
        set_text(this.calls, `${load.running} running`);
        set_text(this.waiting, [load.waiting > 0 ? `${load.waiting} waiting` : '',
            load.reinitialized > 0 ? `session renewed ${load.reinitialized}×` : ''].filter(Boolean).join(', '));
        this.show_times();
    }

    show_latency(samples, scale) {
        const drawn = JSON.stringify([samples, scale]);
        if (drawn === this.drawn) return;
        this.drawn = drawn;
        this.latency.replaceChildren(...(samples.length > 0 ? [sparkline(samples, scale)] : []));
        const last = samples.at(-1);
        set_text(this.latency_text, last === undefined ? 'no probe yet' : last === null ? 'failed' : milliseconds(last));
    }

    show_circuit(circuit, health) {
        this.circuit.className = circuit === null ? 'none' : '';
        if (circuit === null) {
            set_text(this.circuit, 'off');
            return;
        }
        if (this.circuit.childElementCount === 0) this.circuit.replaceChildren(pill('badge'));
        show_pill(this.circuit.firstChild, circuit, circuit_tone(circuit, health));
    }

    show_times() {
        show_time(this.since, this.last_change);
        set_text(this.checked, this.last_check ? `checked ${ago((Date.now() - Date.parse(this.last_check)) / 1000)}` : 'not checked yet');
        set_text(this.failures_text, this.failures > 1 ? `${this.failures} failures in a row` : '');
    }
}

const rows = new Map();
let first = true;

const rank = (health) => (worst_first.includes(health) ? worst_first.indexOf(health) : 0);
const in_order = (a, b) => rank(a.backend.health) - rank(b.backend.health) || (a.backend.name < b.backend.name ? -1 : 1);

// `chosen` is told the name of the backend whose entries somebody wants to see.
export function show_backends(backends, loads, chosen) {
    const all = backends.map((backend, i) => ({ backend, load: loads[i] })).sort(in_order);
    const names = new Set(backends.map((one) => one.name));
    for (const [name, row] of rows)
        if (!names.has(name)) {
            row.node.remove();
            rows.delete(name);
            note(`${name} was removed`, 'none');
        }
    const body = $('backend-rows');
    const focused = document.activeElement;
    const scale = scale_of(backends.map((one) => one.latency_ms));
    all.forEach(({ backend, load }, i) => {
        let row = rows.get(backend.name);
        if (!row) {
            row = new BackendRow(backend.name, chosen);
            rows.set(backend.name, row);
            if (!first) note(`${backend.name} was added`, 'none');
        }
        row.show(backend, load, scale);
        if (body.children[i] !== row.node) body.insertBefore(row.node, body.children[i] ?? null);
    });
    if (body.contains(focused)) focused.focus({ preventScroll: true }); // what is moved loses it
    set_text($('scale'), `0 to ${scale < 1000 ? `${scale} ms` : `${scale / 1000} s`}`);
    $('backends').hidden = backends.length === 0;
    $('no-backends').hidden = backends.length > 0;
    first = false;
}

export function show_backend_times() {
    for (const row of rows.values()) row.show_times();
}
