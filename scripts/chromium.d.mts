/** A Chromium or Chrome for the tests: CHROMIUM, the system's, Playwright's. Undefined when there is none that starts. */
export function findChromium(): string | undefined;
