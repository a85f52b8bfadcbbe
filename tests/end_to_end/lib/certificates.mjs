// Certificates for tests, made with the openssl program: an authority, and servers that it vouches for.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export class Authority {
    constructor() {
        this.folder = mkdtempSync(join(tmpdir(), 'vmcp-ca-'));
        this.certificate = join(this.folder, 'ca.pem');
        this.#openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Test authority',
            '-keyout', join(this.folder, 'ca.key'), '-out', this.certificate);
        this.count = 0;
    }

    #openssl(...args) {
        execFileSync('openssl', args, { stdio: 'ignore' });
    }

    // A server certificate for the names, e.g. 'DNS:localhost,IP:127.0.0.1'. Returns paths and contents.
    issue(names, { days = 2 } = {}) { // days below 0: expired
        const path = (ending) => join(this.folder, `server-${this.count}.${ending}`);
        this.count += 1;
        const [keyPath, certificatePath] = [path('key'), path('pem')];
        writeFileSync(path('ext'), `subjectAltName=${names}\n`);
        this.#openssl('req', ...newKey, '-subj', '/CN=server', '-keyout', keyPath, '-out', path('csr'));
        this.#openssl('x509', '-req', '-in', path('csr'), '-CA', this.certificate, '-CAkey', join(this.folder, 'ca.key'),
            '-CAcreateserial', '-days', String(days), '-extfile', path('ext'), '-out', certificatePath);
        return { keyPath, certificatePath, key: readFileSync(keyPath), cert: readFileSync(certificatePath) };
    }

    // The authority's own certificate, as PEM.
    contents() {
        return readFileSync(this.certificate);
    }

    remove() {
        rmSync(this.folder, { recursive: true, force: true });
    }
}
