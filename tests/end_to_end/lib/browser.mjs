// A headless Chromium for tests of pages: Debian's package, driven by playwright-core.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { later } from './setup.mjs';

// A page of a browser of its own. Whatever the page logs as an error, and every request to another host, is in
// page.complaints. Options are those of playwright's newContext (viewport, colorScheme, ...).
export async function openPage(t, url, options = {}) {
    const profile = await mkdtemp(join(tmpdir(), 'vmcp-browser-'));
    const context = await chromium.launchPersistentContext(profile, {
        executablePath: process.env.VMCP_CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
        headless: true, timeout: 30000, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options,
    });
    later(t, async () => {
        await context.close();
        await rm(profile, { recursive: true, force: true });
    });
    const page = context.pages()[0] ?? await context.newPage();
    page.setDefaultTimeout(15000);
    page.complaints = [];
    page.on('pageerror', (error) => page.complaints.push(error.message));
    page.on('console', (message) => {
        if (message.type() === 'error') page.complaints.push(message.text());
    });
    page.on('request', (request) => {
        if (new URL(request.url()).host !== new URL(url).host) page.complaints.push(`a request to ${request.url()}`);
    });
    await page.goto(url);
    return page;
}
