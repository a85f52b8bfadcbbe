// The status page: shows what /ui/events says. Names and reasons come from backends and are never taken for
// markup: every text goes into the page as text.
'use strict';

const $ = (id) => document.getElementById(id);
const most_rows = 500;
const most_problems = 20;

const tones = {
    healthy: 'good', degraded: 'warn', unhealthy: 'bad', unknown: 'none', unauthenticated: 'lock',
    Ready: 'good', Degraded: 'warn', Failed: 'bad', Pending: 'none',
    closed: 'good', open: 'bad', 'half-open': 'warn',
};

// Characters that could turn the text around them, or are not to be seen.
const shown = (text) => String(text ?? '').replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

// Sets only what differs, so that selections, focus and screen readers are left alone.
function set_text(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

function set_attribute(node, name, value) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
}

// ---- times ----------------------------------------------------------------------------------------------------------

function ago(seconds) {
    if (seconds < 10) return 'just now';
    if (seconds < 90) return `${Math.round(seconds)} s ago`;
    if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min ago`;
    if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h ago`;
    return `${Math.round(seconds / 86400)} days ago`;
}

function length_of(seconds) {
    if (seconds < 90) return `${Math.round(seconds)} s`;
    if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
    if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
    return `${Math.round(seconds / 86400)} days`;
}

function show_time(node, iso) {
    set_attribute(node, 'datetime', iso);
    set_attribute(node, 'title', new Date(iso).toLocaleString());
    set_text(node, ago((Date.now() - Date.parse(iso)) / 1000));
}

const milliseconds = (n) => (n < 10 ? `${n.toFixed(1)} ms` : n < 1000 ? `${Math.round(n)} ms` : `${(n / 1000).toFixed(1)} s`);

// ---- backends -------------------------------------------------------------------------------------------------------

function sparkline(samples) {
    const svg_namespace = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(svg_namespace, 'svg');
    const good = samples.filter((one) => one !== null);
    const most = Math.max(1, ...good);
    const failed = samples.length - good.length;
    svg.setAttribute('class', 'spark');
    svg.setAttribute('viewBox', '0 0 128 24');
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', `last ${samples.length} probes: ` +
        (good.length > 0 ? `at most ${milliseconds(Math.max(...good))}` : 'no answer') + (failed > 0 ? `, ${failed} failed` : ''));
    samples.forEach((one, i) => {
        const height = one === null ? 24 : Math.max(2, (one / most) * 24);
        const bar = document.createElementNS(svg_namespace, 'rect');
        bar.setAttribute('x', String(128 - (samples.length - i) * 4));
        bar.setAttribute('y', String(24 - height));
        bar.setAttribute('width', '3');
        bar.setAttribute('height', String(height));
        if (one === null) bar.setAttribute('class', 'failed');
        svg.append(bar);
    });
    return svg;
}

const cell = (label, ...children) => make('td', { role: 'cell', 'data-label': label }, ...children);
const pill = (name) => make('span', { class: name, 'data-tone': 'none' }, make('span', { class: 'dot', 'aria-hidden': 'true' }), make('span'));

function show_pill(node, word) {
    set_attribute(node, 'data-tone', tones[word] ?? 'none');
    set_text(node.lastChild, word);
}

class BackendRow {
    constructor(name) {
        this.name = name;
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
        this.button.addEventListener('click', () => {
            $('owner').value = name;
            show_catalogue();
            $('catalogue').scrollIntoView({ block: 'start' });
            $('search').focus({ preventScroll: true });
        });
    }

    show(backend, load) {
        const first = this.health === undefined;
        if (!first && this.health !== backend.health) {
            note_change(backend, this.health);
            this.node.classList.remove('changed');
            void this.node.offsetWidth; // starts the animation again
            this.node.classList.add('changed');
        }
        this.health = backend.health;
        this.node.dataset.health = backend.health;
        set_text(this.url, shown(backend.url));
        show_pill(this.state, backend.health);
        const reason = shown(backend.reason);
        set_text(this.reason, reason);
        this.reason.hidden = reason === '' || backend.health === 'healthy';
        this.last_change = backend.last_change;
        this.last_check = backend.last_check;
        this.failures = backend.consecutive_failures;
        const samples = JSON.stringify(backend.latency_ms);
        if (samples !== this.samples) {
            this.samples = samples;
            this.latency.replaceChildren(...(backend.latency_ms.length > 0 ? [sparkline(backend.latency_ms)] : []));
            const last = backend.latency_ms.at(-1);
            set_text(this.latency_text, last === undefined ? 'no probe yet' : last === null ? 'failed' : milliseconds(last));
        }
        if (backend.circuit === null) {
            if (this.circuit.className !== 'none') this.circuit.replaceChildren('off');
            this.circuit.className = 'none';
        } else {
            if (this.circuit.className === 'none' || this.circuit.childElementCount === 0) {
                this.circuit.className = '';
                this.circuit.replaceChildren(pill('badge'));
            }
            show_pill(this.circuit.firstChild, backend.circuit);
        }
        set_text(this.revision, shown(backend.mcp_revision) || '–');
        set_text(this.transport, shown(backend.transport));
        set_text(this.calls, `${load.running} running`);
        set_text(this.waiting, [load.waiting > 0 ? `${load.waiting} waiting` : '',
            load.reinitialized > 0 ? `session renewed ${load.reinitialized}×` : ''].filter(Boolean).join(', '));
        this.show_times();
    }

    show_times() {
        show_time(this.since, this.last_change);
        set_text(this.checked, this.last_check ? `checked ${ago((Date.now() - Date.parse(this.last_check)) / 1000)}` : 'not checked yet');
        set_text(this.failures_text, this.failures > 1 ? `${this.failures} failures in a row` : '');
    }
}

const rows = new Map();

function show_backends(backends, loads) {
    const names = new Set(backends.map((one) => one.name));
    for (const [name, row] of rows)
        if (!names.has(name)) {
            row.node.remove();
            rows.delete(name);
            note(`${name} was removed`, 'none');
        }
    const body = $('backend-rows');
    backends.forEach((backend, i) => {
        let row = rows.get(backend.name);
        if (!row) {
            row = new BackendRow(backend.name);
            rows.set(backend.name, row);
            if (status_seen) note(`${backend.name} was added`, 'none');
        }
        row.show(backend, loads[i]);
        if (body.children[i] !== row.node) body.insertBefore(row.node, body.children[i] ?? null);
    });
    $('backends').hidden = backends.length === 0;
    $('no-backends').hidden = backends.length > 0;
}

// ---- changes --------------------------------------------------------------------------------------------------------

function note(text, tone) {
    const list = $('changes');
    const now = new Date();
    list.prepend(make('li', { 'data-tone': tone }, make('time', { class: 'quiet', datetime: now.toISOString() }, now.toLocaleTimeString()),
        make('span', { class: 'peer' }, shown(text))));
    while (list.childElementCount > 50) list.lastChild.remove();
    $('no-changes').hidden = true;
}

function note_change(backend, before) {
    note(`${backend.name}: ${before} → ${backend.health}${backend.reason && backend.health !== 'healthy' ? `: ${backend.reason}` : ''}`,
        tones[backend.health]);
}

// ---- head -----------------------------------------------------------------------------------------------------------

let status_seen = null;
const tiles = new Map();

function show_tile(label, value) {
    let tile = tiles.get(label);
    if (!tile) {
        tile = make('dd');
        tiles.set(label, tile);
        $('tiles').append(make('div', {}, make('dt', {}, label), tile));
    }
    set_text(tile, value);
}

// A change that was refused: until it is mended, what runs is not what is on disk.
function show_refusal(refused) {
    $('refused').hidden = !refused;
    if (!refused) return;
    set_text($('refused-text'), `Refused ${new Date(refused.when).toLocaleString()} (${shown(refused.by)}); the configuration before it stays in effect.`);
    const texts = refused.problems.slice(0, most_problems).map(shown);
    if (refused.problems.length > texts.length) texts.push(`and ${refused.problems.length - texts.length} more: see the log`);
    if (texts.join('\n') === [...$('refused-problems').children].map((one) => one.textContent).join('\n')) return;
    $('refused-problems').replaceChildren(...texts.map((one) => make('li', { class: 'peer' }, one)));
}

function show_phase(word, text, tone) {
    set_attribute($('phase'), 'data-tone', tone);
    set_text($('phase-word'), word);
    set_text($('phase-text'), text);
}

function show_status(data) {
    const { status, counts, loads, name } = data;
    set_text($('name'), shown(name));
    show_phase(shown(status.phase), shown(status.message), tones[status.phase] ?? 'none');
    show_refusal(status.reload_refused);
    document.body.classList.remove('stale');
    show_backends(status.backends, loads);
    show_tile('backends up', `${status.counts.routable} of ${status.counts.total}`);
    show_tile('sessions', counts.sessions.toLocaleString());
    show_tile('calls in flight', counts.in_flight.toLocaleString());
    show_tile('event streams', counts.streams.toLocaleString());
    document.title = `${status.counts.routable === status.counts.total ? '' : '⚠ '}${shown(name)}: ` +
        `${status.counts.routable} of ${status.counts.total} backends`;
    status_seen = data;
    show_times();
}

function show_times() {
    if (!status_seen) return;
    const { status, counts } = status_seen;
    set_text($('about'), `vmcp ${shown(status.version)}, up ${length_of(Date.now() / 1000 - counts.started)}` +
        (status.group_ref ? `, group ${shown(status.group_ref)}` : ''));
    for (const row of rows.values()) row.show_times();
}

setInterval(show_times, 5000);

// ---- catalogue ------------------------------------------------------------------------------------------------------

let entries = [];

function take_catalogue({ visible, hidden }) {
    entries = [...visible.map((one) => ({ ...one, seen: true })), ...hidden.map((one) => ({ ...one, seen: false }))];
    for (const one of entries)
        one.words = `${one.name}\n${one.original ?? ''}\n${one.backend}\n${one.reason ?? ''}\n${one.note ?? ''}`.toLowerCase();
    const tools = visible.filter((one) => one.kind === 'tool').length;
    show_tile('tools', tools.toLocaleString());
    show_tile('hidden entries', hidden.length.toLocaleString());
    const owner = $('owner');
    const chosen = owner.value;
    const names = [...new Set(entries.map((one) => one.backend))];
    owner.replaceChildren(make('option', { value: '' }, 'all'), ...names.map((name) => make('option', { value: name }, shown(name))));
    owner.value = names.includes(chosen) ? chosen : '';
    show_catalogue();
}

function entry_row(one) {
    const original = one.original !== undefined && one.original !== one.name ? make('span', { class: 'under peer' }, `at the backend: ${shown(one.original)}`) : '';
    const verdict = make('span', { class: 'badge', 'data-tone': one.seen ? 'good' : 'none' },
        make('span', { class: 'dot', 'aria-hidden': 'true' }), make('span', {}, one.seen ? 'shown' : 'hidden'));
    const why = one.seen ? one.note : one.reason;
    return make('tr', { role: 'row' },
        make('th', { role: 'rowheader', scope: 'row' }, make('span', { class: 'mono peer' }, shown(one.name) || '(no name)'), original),
        cell('Kind', one.kind),
        cell('Owner', make('span', { class: 'peer' }, shown(one.backend))),
        cell('Shown to clients', make('div', {}, verdict, why ? make('span', { class: 'reason peer' }, shown(why)) : '')));
}

function show_catalogue() {
    const words = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    const [kind, owner, wanted] = [$('kind').value, $('owner').value, $('shown').value];
    const found = entries.filter((one) => (kind === '' || one.kind === kind) && (owner === '' || one.backend === owner) &&
        (wanted === '' || one.seen === (wanted === 'visible')) && words.every((word) => one.words.includes(word)));
    $('entry-rows').replaceChildren(...found.slice(0, most_rows).map(entry_row));
    $('entries').hidden = found.length === 0;
    set_text($('found'), (found.length === entries.length ? `${entries.length.toLocaleString()} entries`
        : `${found.length.toLocaleString()} of ${entries.length.toLocaleString()} entries`) +
        (found.length > most_rows ? `; the first ${most_rows} are listed, narrow the search for the others` : ''));
}

for (const id of ['kind', 'owner', 'shown']) $(id).addEventListener('change', show_catalogue);
$('search').addEventListener('input', show_catalogue);
$('filters').addEventListener('submit', (event) => event.preventDefault());
document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select, textarea')) return;
    event.preventDefault();
    $('search').focus();
});

// ---- the stream -----------------------------------------------------------------------------------------------------

function show_link(state, text) {
    set_attribute($('link'), 'data-link', state);
    set_text($('link'), text);
}

// Nobody knows how things are now: what the page shows is of then, and it says so.
function show_gone() {
    show_link('lost', 'no connection, trying again');
    if (!status_seen || document.body.classList.contains('stale')) return;
    document.body.classList.add('stale');
    show_phase('No answer', `from the gateway since ${new Date().toLocaleTimeString()}; what is below was true then`, 'bad');
    document.title = `⚠ ${$('name').textContent}: no answer`;
    note('the gateway does not answer', 'bad');
}

function watch() {
    const events = new EventSource('events');
    events.addEventListener('open', () => show_link('live', 'live'));
    events.addEventListener('status', (event) => show_status(JSON.parse(event.data)));
    events.addEventListener('catalog', (event) => take_catalogue(JSON.parse(event.data)));
    events.addEventListener('error', () => {
        show_gone();
        if (events.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
        events.close();
        setTimeout(watch, 3000);
    });
}

watch();
