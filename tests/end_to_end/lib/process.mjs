// Child processes for tests: output is kept, every wait is bounded, and nothing outlives the test process.
import { spawn } from 'node:child_process';

const running = new Set();
process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
});

// Waits until probe() returns something truthy and returns it; throws with `what` after `ms` milliseconds.
// An exception of probe counts as "not yet" and is part of the final message.
export async function until(what, probe, ms = 10000) {
    const end = Date.now() + ms;
    let last;
    for (;;) {
        try {
            const value = await probe();
            if (value) return value;
            last = undefined;
        } catch (error) {
            last = error;
        }
        if (Date.now() > end) throw new Error(`waited ${ms} ms for: ${what}${last ? ` (last: ${last.message})` : ''}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

// Settles like the promise, or rejects with `what` after `ms` milliseconds.
export function within(ms, what, promise) {
    let timer;
    const limit = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`took longer than ${ms} ms: ${what}`)), ms);
    });
    return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

// A started program. `exited` resolves to {code, signal}.
export class Program {
    constructor(command, args, { env = {}, cwd } = {}) {
        this.name = `${command.split('/').pop()} ${args.join(' ')}`;
        this.stdout = '';
        this.stderr = '';
        this.child = spawn(command, args, { env: { ...process.env, ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
        running.add(this.child);
        this.child.stdout.on('data', (data) => (this.stdout += data));
        this.child.stderr.on('data', (data) => (this.stderr += data));
        this.exited = new Promise((resolve, reject) => {
            this.child.once('error', (error) => {
                running.delete(this.child);
                reject(new Error(`cannot start ${this.name}: ${error.message}`));
            });
            this.child.once('close', (code, signal) => {
                running.delete(this.child);
                resolve({ code, signal });
            });
        });
        this.exited.catch(() => {});
    }

    get output() {
        return `--- ${this.name}\n--- stdout (end)\n${this.stdout.slice(-4000)}\n--- stderr (end)\n${this.stderr.slice(-8000)}`;
    }

    get alive() {
        return running.has(this.child);
    }

    // Sends the signal and waits for the end; a program that does not end within ms is killed, and that is an error.
    async stop(signal = 'SIGTERM', ms = 15000) {
        if (this.alive) this.child.kill(signal);
        try {
            return await within(ms, `${this.name} ends after ${signal}`, this.exited);
        } catch (error) {
            this.child.kill('SIGKILL');
            throw new Error(`${error.message}\n${this.output}`);
        }
    }
}

// Runs a program to its end. Returns {code, signal, stdout, stderr}.
export async function run(command, args, { ms = 20000, ...options } = {}) {
    const program = new Program(command, args, options);
    try {
        const { code, signal } = await within(ms, program.name, program.exited);
        return { code, signal, stdout: program.stdout, stderr: program.stderr };
    } finally {
        if (program.alive) program.child.kill('SIGKILL');
    }
}
