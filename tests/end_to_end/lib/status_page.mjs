// The status page in a browser, as tests find their way in it.
export const failureHandling = { healthCheckInterval: '500ms', healthCheckTimeout: '400ms', unhealthyThreshold: 2, circuitBreaker: { enabled: true } };
export const config = { operational: { failureHandling } };

// Of a backend.
export const row = (page, name) => page.locator('#backend-rows tr', { has: page.getByRole('button', { name, exact: true }) });
export const healthOf = (page, name) => row(page, name).getAttribute('data-health');

// Of the catalogue: backends, which are folded up, and the entries of those that are open.
export const owner = (page, name) => page.locator(`details.owner[data-owner="${name}"]`);
export async function unfold(page, name) {
    await owner(page, name).locator('> summary').click();
    await owner(page, name).locator('tr.entry').first().waitFor();
}
export const entries = (page) => page.locator('tr.entry:visible');
export const namesOf = (page) => entries(page).locator('th .mono').allInnerTexts();
// Opens what is known of an entry.
export async function openEntry(page, name) {
    await page.getByRole('button', { name, exact: true }).click();
    const details = page.locator('tr.details');
    await details.locator('summary, .quiet').filter({ hasNotText: 'asking…' }).first().waitFor();
    return details;
}

export const redder = (color) => {
    const [r, g, b] = color.match(/[\d.]+/g).map(Number);
    return r > g && r > b;
};
export const greener = (color) => {
    const [r, g, b] = color.match(/[\d.]+/g).map(Number);
    return g > r + 20 && g > b + 10;
};
