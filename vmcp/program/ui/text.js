// Texts and times as people read them. Names, reasons and results come from peers and are never taken for markup: every
// text goes into the page as text, and through shown() or shown_lines().

// Characters that could hide or turn the text around them, as vmcp/base/characters.cpp has them, and what is no character.
const misleading = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]|\p{Cs}/gu;

export const shown = (text) => String(text ?? '').replace(misleading, '\ufffd').replace(/[\0-\x1f]/g, '\ufffd');

// The same of a text of several lines.
export const shown_lines = (text) => String(text ?? '').replace(misleading, '\ufffd').replace(/\r\n?/g, '\n').replace(/[\0-\x08\x0b-\x1f]/g, '\ufffd');

export function length_of(seconds) {
    if (seconds < 90) return `${Math.round(seconds)} s`;
    if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
    if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
    return `${Math.round(seconds / 86400)} days`;
}

export const ago = (seconds) => (seconds < 10 ? 'just now' : `${length_of(seconds)} ago`);

export const milliseconds = (n) => (n < 10 ? `${n.toFixed(1)} ms` : n < 1000 ? `${Math.round(n)} ms` : `${(n / 1000).toFixed(1)} s`);

export const plural = (n, noun) => `${n.toLocaleString()} ${noun}${n === 1 ? '' : 's'}`;
