// The endpoint, and how clients are told of it.
import { $, copy_button, make, set_text } from './page.js';
import { shown } from './text.js';
import { snippets_for } from './snippets.js';

let drawn = '';

$('endpoint').after(copy_button('Copy the endpoint', () => $('endpoint').textContent, $('endpoint')));
$('snippet').before(copy_button('Copy the snippet', () => $('snippet').textContent, $('snippet')));
$('client').addEventListener('change', show_snippet);

let snippets = [];

function show_snippet() {
    const one = snippets[Number($('client').value)];
    set_text($('snippet'), one.text);
    set_text($('snippet-where'), one.where);
}

export function show_connection({ endpoint, every_address, login }, name) {
    const now = JSON.stringify([endpoint, every_address, login, name]);
    if (now === drawn) return;
    drawn = now;
    const url = shown(endpoint);
    set_text($('endpoint'), url);
    set_text($('endpoint-note'), [
        every_address ? 'It listens at every address: from another machine, put the name of this one in place of the address.' : '',
        login ? 'Clients need a token of the issuer; those that know OAuth ask for it by themselves.' : '',
    ].filter(Boolean).join(' '));
    snippets = snippets_for({ name, url, login });
    const chosen = Number($('client').value) || 0;
    $('client').replaceChildren(...snippets.map((one, i) => make('option', { value: String(i) }, one.client)));
    $('client').value = String(chosen);
    show_snippet();
}
