// Parts of the page. Only what differs is set, so that selections, focus and screen readers are left alone.
import { ago, shown } from './text.js';

export const $ = (id) => document.getElementById(id);

export function set_text(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

export function set_attribute(node, name, value) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

export function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
}

export const cell = (label, ...children) => make('td', { role: 'cell', 'data-label': label }, ...children);

export const pill = (name, tone = 'none', word = '') => make('span', { class: name, 'data-tone': tone },
    make('span', { class: 'dot', 'aria-hidden': 'true' }), make('span', {}, word));

export function show_pill(node, word, tone) {
    set_attribute(node, 'data-tone', tone ?? 'none');
    set_text(node.lastChild, word);
}

export function show_time(node, iso) {
    set_attribute(node, 'datetime', iso);
    set_attribute(node, 'title', new Date(iso).toLocaleString());
    set_text(node, ago((Date.now() - Date.parse(iso)) / 1000));
}

// A button that copies what `text` gives. Where the browser lets no page copy (plain HTTP to another machine), it is marked
// for the user to copy.
export function copy_button(label, text, source) {
    const button = make('button', { type: 'button', class: 'small', 'aria-label': label }, 'Copy');
    button.addEventListener('click', async () => {
        try {
            await navigator.clipboard.writeText(text());
            button.textContent = 'Copied';
        } catch {
            getSelection().selectAllChildren(source);
            button.textContent = 'Marked';
        }
        setTimeout(() => (button.textContent = 'Copy'), 2000);
    });
    return button;
}

// What happened while the page was open.
export function note(text, tone) {
    const list = $('changes');
    const now = new Date();
    list.prepend(make('li', { 'data-tone': tone }, make('time', { class: 'quiet', datetime: now.toISOString() }, now.toLocaleTimeString()),
        make('span', { class: 'peer' }, shown(text))));
    while (list.childElementCount > 50) list.lastChild.remove();
    $('no-changes').hidden = true;
}

const tiles = new Map();

export function show_tile(label, value) {
    let tile = tiles.get(label);
    if (!tile) {
        tile = make('dd');
        tiles.set(label, tile);
        $('tiles').append(make('div', {}, make('dt', {}, label), tile));
    }
    set_text(tile, value);
}
