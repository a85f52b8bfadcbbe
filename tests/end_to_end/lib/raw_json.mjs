// Slices of JSON texts, so that tests can compare the very bytes that were sent.

const isSpace = (c) => c === ' ' || c === '\t' || c === '\n' || c === '\r';

function skipSpace(text, at) {
    while (at < text.length && isSpace(text[at])) ++at;
    return at;
}

function endOfString(text, at) {
    for (++at; text[at] !== '"'; ++at) {
        if (at >= text.length) throw new Error('unterminated string');
        if (text[at] === '\\') ++at;
    }
    return at + 1;
}

// The index after the value that starts at `at`. The text must be valid JSON.
function endOfValue(text, at) {
    if (text[at] === '"') return endOfString(text, at);
    if (text[at] !== '{' && text[at] !== '[') {
        while (at < text.length && !isSpace(text[at]) && !',]}'.includes(text[at])) ++at;
        return at;
    }
    for (let depth = 0; at < text.length; ) {
        if (text[at] === '"') {
            at = endOfString(text, at);
            continue;
        }
        if (text[at] === '{' || text[at] === '[') ++depth;
        if ((text[at] === '}' || text[at] === ']') && --depth === 0) return at + 1;
        ++at;
    }
    throw new Error('unterminated value');
}

// The members of an object as [name, text of the value] in the order of the text.
export function members(text) {
    const found = [];
    let at = skipSpace(text, skipSpace(text, 0) + 1);
    while (text[at] !== '}') {
        const nameEnd = endOfString(text, at);
        const name = JSON.parse(text.slice(at, nameEnd));
        at = skipSpace(text, skipSpace(text, nameEnd) + 1);
        const end = endOfValue(text, at);
        found.push([name, text.slice(at, end)]);
        at = skipSpace(text, end);
        if (text[at] === ',') at = skipSpace(text, at + 1);
    }
    return found;
}

// The elements of an array, as texts.
export function elements(text) {
    const found = [];
    let at = skipSpace(text, skipSpace(text, 0) + 1);
    while (text[at] !== ']') {
        const end = endOfValue(text, at);
        found.push(text.slice(at, end));
        at = skipSpace(text, end);
        if (text[at] === ',') at = skipSpace(text, at + 1);
    }
    return found;
}

// The text of the value at the path of member names, e.g. slice(body, 'result', 'tools'); undefined where absent.
export function slice(text, ...path) {
    return path.reduce((value, name) => value && members(value).find(([one]) => one === name)?.[1], text);
}
