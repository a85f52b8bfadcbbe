// The status page: shows what /ui/events says.
import { show_backend_times, show_backends } from './backends.js';
import { choose_owner, take_catalogue } from './catalogue.js';
import { show_connection } from './connect.js';
import { $, make, note, set_attribute, set_text, show_tile } from './page.js';
import { length_of, shown } from './text.js';
import { allow_trials } from './trial.js';
import { show_troubles, show_trouble_times } from './troubles.js';

const most_problems = 20;
const tones = { Ready: 'good', Degraded: 'warn', Failed: 'bad', Pending: 'none' };

let status_seen = null;

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
    show_backends(status.backends, loads, choose_owner);
    show_tile('backends up', `${status.counts.routable} of ${status.counts.total}`);
    show_tile('sessions', counts.sessions.toLocaleString());
    show_tile('calls in flight', counts.in_flight.toLocaleString());
    show_tile('event streams', counts.streams.toLocaleString());
    document.title = `${status.counts.routable === status.counts.total ? '' : '⚠ '}${shown(name)}: ` +
        `${status.counts.routable} of ${status.counts.total} backends`;
    status_seen = data;
    show_times();
}

function show_gateway(data) {
    show_connection(data, status_seen?.name ?? 'vmcp');
    allow_trials(data.trial);
    show_troubles(data);
}

function show_times() {
    if (!status_seen) return;
    const { status, counts } = status_seen;
    set_text($('about'), `vmcp ${shown(status.version)}, up ${length_of(Date.now() / 1000 - counts.started)}` +
        (status.group_ref ? `, group ${shown(status.group_ref)}` : ''));
    show_backend_times();
    show_trouble_times();
}

setInterval(show_times, 5000);

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
    events.addEventListener('gateway', (event) => show_gateway(JSON.parse(event.data)));
    events.addEventListener('error', () => {
        show_gone();
        if (events.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
        events.close();
        setTimeout(watch, 3000);
    });
}

watch();
