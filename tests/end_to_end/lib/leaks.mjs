// Finds tokens and secrets in what was written, also in pieces and in other writing.
const span = 20; // characters that give a token away; random ones do not come together by chance

// The part that makes a token one: its signature, or all of an opaque one.
const essence = (token) => token.split('.').at(-1) || token;

const ends = (text) => [text.slice(0, span), text.slice(-span)];

// In base64 a text has three faces, by where it begins; its first and last characters there belong to its neighbours too.
const inBase64 = (text) => [0, 1, 2].flatMap((before) => {
    const face = Buffer.from('x'.repeat(before) + text).toString('base64').replace(/=+$/, '');
    return [face, face.replaceAll('+', '-').replaceAll('/', '_')].flatMap((one) => ends(one.slice(4, -4)));
});

const plain = (text) => /[^A]/.test(text); // the signature r = s = 0 is no secret

// What gives these secrets away, as a function of a text: the first thing found, or undefined.
export function finder(secrets) {
    const long = new Set();
    const short = new Set();
    for (const secret of secrets) {
        const own = essence(secret);
        for (const one of [...ends(own), ...inBase64(own)]) if (plain(one)) (one.length < span ? short : long).add(one);
    }
    const inText = (text) => {
        for (let at = 0; at + span <= text.length; at += 1) {
            const piece = text.substr(at, span);
            if (long.has(piece)) return piece;
        }
        return [...short].find((one) => one.length >= 8 && text.includes(one));
    };
    return (text) => inText(text) ?? (text.includes('%') ? inText(text.replace(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)))) : undefined);
}
