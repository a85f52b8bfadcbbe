// Trying a tool: a form, the call, and what it answers.
import { call_tool } from './call.js';
import { form_of } from './form.js';
import { make, set_text } from './page.js';
import { milliseconds, shown, shown_lines } from './text.js';

const most_shown = 200_000;
const most_lines = 100;

let allowed = false;
let token = ''; // of this page, as long as it is open; kept nowhere
const panels = new Set();

export function allow_trials(may) {
    if (may === allowed) return;
    allowed = may;
    for (const one of panels) one.isConnected ? one.draw(true) : panels.delete(one);
}

const text_block = (text, title) => make('pre', { class: 'peer', tabindex: '0', 'aria-label': title },
    text.length > most_shown ? `${shown_lines(text.slice(0, most_shown))}…` : shown_lines(text));

function content_block(item, i) {
    if (item?.type === 'text') return text_block(String(item.text), `content ${i + 1}`);
    if ((item?.type === 'image' || item?.type === 'audio') && typeof item.data === 'string')
        return make('p', { class: 'quiet' }, `${shown(item.type)} (${shown(item.mimeType)}), ${item.data.length.toLocaleString()} characters of base64; not shown`);
    return text_block(JSON.stringify(item, null, 2), `content ${i + 1}`);
}

function result_of(message, took) {
    if (message.error) return { tone: 'bad', words: `error ${message.error.code} after ${took}`,
        blocks: [text_block(String(message.error.message), 'error'), ...(message.error.data !== undefined ? [text_block(JSON.stringify(message.error.data, null, 2), 'data')] : [])] };
    const { content, structuredContent, isError } = message.result ?? {};
    return { tone: isError ? 'warn' : 'good', words: `${isError ? 'the tool says that it failed' : 'answered'} after ${took}`,
        blocks: [...(Array.isArray(content) ? content.map(content_block) : []),
            ...(structuredContent !== undefined ? [make('p', { class: 'quiet' }, 'structured content'), text_block(JSON.stringify(structuredContent, null, 2), 'structured content')] : [])] };
}

// How a call goes on.
class Progress {
    constructor() {
        this.words = make('p', { role: 'status' });
        this.bar = make('progress', { 'aria-label': 'progress' });
        this.lines = make('ol', { class: 'lines' });
        this.blocks = make('div');
        this.bar.hidden = true;
        this.node = make('div', { class: 'outcome' }, this.words, this.bar, this.lines, this.blocks);
    }

    begin() {
        this.lines.replaceChildren();
        this.blocks.replaceChildren();
        this.bar.removeAttribute('value');
        this.bar.hidden = false;
        this.say('running…', 'none');
    }

    say(words, tone) {
        this.words.dataset.tone = tone;
        set_text(this.words, words);
    }

    hear({ method, params = {} }) {
        if (method !== 'notifications/progress') return;
        if (params.total > 0) {
            this.bar.max = params.total;
            this.bar.value = params.progress;
        }
        const of = params.total === undefined ? '' : ` of ${params.total}`;
        this.lines.append(make('li', { class: 'peer' }, shown(`${params.progress}${of}${params.message === undefined ? '' : `: ${params.message}`}`)));
        while (this.lines.childElementCount > most_lines) this.lines.firstChild.remove();
    }

    end({ tone, words, blocks = [] }) {
        this.bar.hidden = true;
        this.say(words, tone);
        this.blocks.replaceChildren(...blocks);
    }
}

function panel_of(name, schema) {
    const form = form_of(schema);
    const secret = make('input', { type: 'password', autocomplete: 'off', 'aria-label': 'admin.token' });
    secret.value = token;
    const start = make('button', { type: 'submit' }, 'Call');
    const stop = make('button', { type: 'button', class: 'small' }, 'Cancel');
    const progress = new Progress();
    let running = null;
    stop.hidden = true;
    const node = make('form', { class: 'trial', 'aria-label': `Try ${shown(name)}` }, form.node,
        make('div', { class: 'start' }, make('label', {}, make('span', { class: 'quiet' }, 'admin.token, kept until this page is closed'), secret), start, stop), progress.node);
    stop.addEventListener('click', () => running?.abort());
    node.addEventListener('reset', () => running?.abort());
    node.addEventListener('submit', async (event) => {
        event.preventDefault();
        const given = running ? null : form.read();
        if (!given) return;
        token = secret.value;
        running = new AbortController();
        start.disabled = true;
        stop.hidden = false;
        const began = performance.now();
        const took = () => milliseconds(performance.now() - began);
        progress.begin();
        try {
            const message = await call_tool({ name, schema, given, token, signal: running.signal, heard: (one) => progress.hear(one) });
            progress.end(result_of(message, took()));
        } catch (error) {
            progress.end({ tone: 'bad', words: running.signal.aborted ? `cancelled after ${took()}` : shown(error.message) });
        }
        running = null;
        start.disabled = false;
        stop.hidden = true;
    });
    return node;
}

// Folded up until somebody wants it.
export function trial_of(name, schema) {
    const node = make('details', { class: 'try' }, make('summary', {}, 'Try it'));
    node.draw = (anew) => {
        if (!node.open || (!anew && node.childElementCount > 1)) return;
        while (node.childElementCount > 1) node.lastChild.remove();
        node.append(allowed ? panel_of(name, schema) : make('p', { class: 'quiet' },
            'Trying calls is off. Set admin.token in the configuration, such as admin: { token: "${VMCP_ADMIN_TOKEN}" }; this page notices when it is reloaded.'));
    };
    node.addEventListener('toggle', () => node.draw(false));
    panels.add(node);
    return node;
}
