// What went wrong lately, and the last reload.
import { $, make, set_text, show_time } from './page.js';
import { shown } from './text.js';

const most_rows = 100;
let times = [];
let drawn = '';

function show_reload(reload) {
    if (!reload) return set_text($('reload'), 'The configuration is that of the start; it was not reloaded since.');
    const restart = reload.needs_restart.length > 0 ? ` After a restart take effect: ${reload.needs_restart.map(shown).join(', ')}.` : '';
    const what = { reloaded: `reloaded: ${shown(reload.changes)}`, unchanged: 'read again: nothing has changed', refused: 'refused: see above' }[reload.status];
    return set_text($('reload'), `Last reload ${new Date(reload.when).toLocaleString()} (${shown(reload.by)}), ${what}.${restart}`);
}

const about_backend = /^backend ([^\s:]+): (.*)$/s; // as the log has it
function of_log({ when, level, text, times: n }) {
    const [, of = 'gateway', words = text] = about_backend.exec(text) ?? [];
    return { when, of, text: words, times: n, tone: level === 'error' ? 'bad' : 'warn' };
}

// Warnings and errors of the log, and calls of backends that failed.
export function show_troubles({ errors, failures, reload }) {
    show_reload(reload);
    const all = [...errors.map(of_log),
        ...failures.map(({ when, backend, text }) => ({ when, of: backend, text: `a call failed: ${text}`, times: 1, tone: 'bad' }))]
        .sort((a, b) => (a.when < b.when ? 1 : a.when > b.when ? -1 : 0)).slice(0, most_rows);
    if (JSON.stringify(all) === drawn) return;
    drawn = JSON.stringify(all);
    times = all.map(({ when }) => ({ when, node: make('time', { class: 'quiet' }) }));
    $('trouble-rows').replaceChildren(...all.map((one, i) => make('li', { 'data-tone': one.tone }, times[i].node,
        make('span', { class: 'of peer' }, shown(one.of)),
        make('span', { class: 'peer' }, shown(one.text) + (one.times > 1 ? ` (${one.times}×)` : '')))));
    $('no-troubles').hidden = all.length > 0;
    show_trouble_times();
}

export function show_trouble_times() {
    for (const { when, node } of times) show_time(node, when);
}
