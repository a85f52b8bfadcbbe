// What all backends offer, folded up for each of them. A search opens those that have matches.
import { $, cell, make, pill, set_text, show_tile } from './page.js';
import { plural, shown, shown_lines } from './text.js';
import { trial_of } from './trial.js';

const most_rows = 500; // of one backend
const most_shown = 100_000; // characters of a description or schema
const kinds = ['tool', 'prompt', 'resource', 'template'];

let entries = [];
let groups = new Map();

const cut = (text) => (text.length > most_shown ? `${text.slice(0, most_shown)}…` : text);

// ---- an entry and what is known of it ----

function described(one, entry) {
    const parts = [];
    if (typeof entry.description === 'string' && entry.description !== '')
        parts.push(make('p', { class: 'text peer' }, shown_lines(cut(entry.description))));
    for (const [member, title] of [['inputSchema', 'Input schema'], ['outputSchema', 'Output schema'], ['arguments', 'Arguments'], ['annotations', 'Annotations']])
        if (entry[member] !== undefined && entry[member] !== null)
            parts.push(make('details', member === 'inputSchema' || member === 'arguments' ? { open: '' } : {}, make('summary', {}, title),
                make('pre', { class: 'peer', tabindex: '0', 'aria-label': title }, shown_lines(cut(JSON.stringify(entry[member], null, 2))))));
    if (one.kind === 'tool') parts.push(trial_of(one.name, entry.inputSchema));
    if (parts.length === 0) parts.push(make('p', { class: 'quiet' }, 'Its backend says no more of it.'));
    return parts;
}

async function fetch_details(one) {
    try {
        const answer = await fetch(`entry?kind=${one.kind}&name=${encodeURIComponent(one.name)}`, { credentials: 'omit' });
        const told = await answer.json();
        if (told.entry) return described(one, told.entry);
        return [make('p', { class: 'quiet' }, told.bytes ? `It takes ${told.bytes.toLocaleString()} bytes, too many for this page.` : shown(told.error ?? 'nothing came'))];
    } catch {
        return [make('p', { class: 'quiet' }, 'The gateway does not answer.')];
    }
}

class EntryRow {
    constructor(one) {
        const words = shown(one.name) || '(no name)';
        const name = one.seen ? make('button', { type: 'button', class: 'name mono peer', 'aria-expanded': 'false' }, words)
            : make('span', { class: 'mono peer' }, words);
        const original = one.original !== undefined && one.original !== one.name ? make('span', { class: 'under peer' }, `at the backend: ${shown(one.original)}`) : '';
        const why = one.seen ? one.note : one.reason;
        this.node = make('tr', { role: 'row', class: 'entry' },
            make('th', { role: 'rowheader', scope: 'row' }, name, original),
            cell('Kind', one.kind),
            cell('Shown to clients', make('div', {}, pill('badge', one.seen ? 'good' : 'none', one.seen ? 'shown' : 'hidden'),
                why ? make('span', { class: 'reason peer' }, shown(why)) : '')));
        this.nodes = [this.node];
        if (one.seen) name.addEventListener('click', () => this.toggle(one, name));
    }

    async toggle(one, button) {
        const open = button.getAttribute('aria-expanded') === 'true';
        button.setAttribute('aria-expanded', String(!open));
        if (open) {
            for (const form of this.details.querySelectorAll('form')) form.reset(); // nobody sees what it answers
            this.details.remove();
            this.nodes = [this.node];
            return;
        }
        const inside = make('td', { role: 'cell', colspan: '3', 'data-label': '' }, make('p', { class: 'quiet' }, 'asking…'));
        this.details = make('tr', { role: 'row', class: 'details' }, inside);
        this.nodes.push(this.details);
        this.node.after(this.details);
        inside.replaceChildren(make('div', {}, ...await fetch_details(one)));
    }
}

// ---- a backend's entries ----

class Group {
    constructor(name) {
        this.name = name;
        this.title = make('span', { class: 'peer' }, shown(name));
        this.count = make('span', { class: 'quiet' });
        this.body = make('tbody', { role: 'rowgroup' });
        this.more = make('p', { class: 'quiet more' });
        const summary = make('summary', {}, this.title, ' ', this.count);
        this.node = make('details', { class: 'owner' }, summary,
            make('table', { role: 'table', 'aria-label': `${shown(name)}: tools, prompts and resources, and why some are hidden` },
                make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...['Name', 'Kind', 'Shown to clients'].map((head) =>
                    make('th', { role: 'columnheader', scope: 'col' }, head)))), this.body), this.more);
        this.node.dataset.owner = name;
        this.rows = new Map();
        this.found = [];
        this.opened = false; // by the user, while nobody searches
        // Not when it toggles, which is told later: a search may have begun by then, or be over.
        summary.addEventListener('click', () => {
            if (!is_filtered()) this.opened = !this.node.open;
        });
        this.node.addEventListener('toggle', () => {
            if (this.node.open) this.fill();
        });
    }

    show(found, all, filtered) {
        this.found = found;
        set_text(this.count, found.length === all.length ? summary_of(all) : `${found.length.toLocaleString()} of ${all.length.toLocaleString()}`);
        this.node.hidden = found.length === 0;
        this.node.open = filtered ? found.length > 0 : this.opened;
        if (this.node.open) this.fill();
        else this.body.replaceChildren();
    }

    // Rows that are there already stay: what is open in them is of use to somebody.
    fill() {
        const before = this.rows;
        this.rows = new Map();
        const nodes = [];
        for (const one of this.found.slice(0, most_rows)) {
            const row = before.get(one.key) ?? new EntryRow(one);
            this.rows.set(one.key, row);
            nodes.push(...row.nodes);
        }
        if (nodes.length !== this.body.childElementCount || nodes.some((node, i) => this.body.children[i] !== node)) this.body.replaceChildren(...nodes);
        this.more.hidden = this.found.length <= most_rows;
        set_text(this.more, `the first ${most_rows} are listed; narrow the search for the others`);
    }
}

function summary_of(all) {
    const parts = kinds.map((kind) => [kind, all.filter((one) => one.seen && one.kind === kind).length]).filter(([, n]) => n > 0)
        .map(([kind, n]) => plural(n, kind));
    const hidden = all.filter((one) => !one.seen).length;
    if (hidden > 0) parts.push(`${hidden.toLocaleString()} hidden`);
    return parts.join(', ');
}

// ---- all of them ----

export function take_catalogue({ visible, hidden }) {
    entries = [...visible.map((one) => ({ ...one, seen: true })), ...hidden.map((one) => ({ ...one, seen: false }))];
    const seen = new Map(); // some may be there twice
    for (const one of entries) {
        one.words = `${one.name}\n${one.original ?? ''}\n${one.backend}\n${one.reason ?? ''}\n${one.note ?? ''}`.toLowerCase();
        const text = JSON.stringify([one.kind, one.name, one.backend, one.seen, one.original, one.reason, one.note]);
        seen.set(text, (seen.get(text) ?? 0) + 1);
        one.key = `${text}${seen.get(text)}`;
    }
    show_tile('tools', visible.filter((one) => one.kind === 'tool').length.toLocaleString());
    show_tile('hidden entries', hidden.length.toLocaleString());
    const names = [...new Set(entries.map((one) => one.backend))];
    const before = groups;
    groups = new Map(names.map((name) => [name, before.get(name) ?? new Group(name)]));
    $('entries').replaceChildren(...[...groups.values()].map((group) => group.node));
    const owner = $('owner');
    const chosen = owner.value;
    owner.replaceChildren(make('option', { value: '' }, 'all'), ...names.map((name) => make('option', { value: name }, shown(name))));
    owner.value = names.includes(chosen) ? chosen : '';
    show_catalogue();
}

const is_filtered = () => ['search', 'kind', 'owner', 'shown'].some((id) => $(id).value.trim() !== '');

function show_catalogue() {
    const words = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    const [kind, owner, wanted] = [$('kind').value, $('owner').value, $('shown').value];
    const found = entries.filter((one) => (kind === '' || one.kind === kind) && (owner === '' || one.backend === owner) &&
        (wanted === '' || one.seen === (wanted === 'visible')) && words.every((word) => one.words.includes(word)));
    const [by_owner, all] = [grouped(found), grouped(entries)];
    for (const group of groups.values()) group.show(by_owner.get(group.name) ?? [], all.get(group.name), is_filtered());
    set_text($('found'), found.length === entries.length ? `${entries.length.toLocaleString()} entries`
        : `${found.length.toLocaleString()} of ${entries.length.toLocaleString()} entries`);
}

function grouped(list) {
    const out = new Map();
    for (const one of list) (out.get(one.backend) ?? out.set(one.backend, []).get(one.backend)).push(one);
    return out;
}

export function choose_owner(name) {
    $('owner').value = name;
    show_catalogue();
    $('catalogue').scrollIntoView({ block: 'start' });
    $('search').focus({ preventScroll: true });
}

for (const id of ['kind', 'owner', 'shown']) $(id).addEventListener('change', show_catalogue);
$('search').addEventListener('input', show_catalogue);
$('filters').addEventListener('submit', (event) => event.preventDefault());
document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select, textarea')) return;
    event.preventDefault();
    $('search').focus();
});
