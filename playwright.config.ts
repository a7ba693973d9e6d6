import { defineConfig } from '@playwright/test';
import type { TargetName } from './e2e/targets/target.ts';
import { findChromium } from './scripts/chromium.mjs';
import { requireProjectNode } from './scripts/node-version.mjs';

requireProjectNode();
const chromium = findChromium() ?? '';
process.env['CHROMIUM'] = chromium; // the stand-in for Electron asks for it

/**
 * About the browser host, about the command line, and about the page alone, which is the same in every window: the day goes
 * through those pages on each target.
 */
const notOnDesktop = ['host', 'command', 'pages', 'compare', 'playground', 'sample', 'touch'].map((name) => `${name}.spec.ts`);

/** About what a desktop window alone does. */
const onlyOnDesktop = ['window.spec.ts', 'leaving.spec.ts'];

/** One suite for every target; what is about one alone has a spec of its own. */
export default defineConfig<object, { target: TargetName }>({
  testDir: 'e2e',
  // training takes the whole machine
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    launchOptions: {
      executablePath: chromium,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'host', use: { target: 'host' }, testIgnore: onlyOnDesktop },
    { name: 'desktop', use: { target: 'desktop' }, testIgnore: notOnDesktop },
    { name: 'electron', use: { target: 'electron' }, testIgnore: notOnDesktop },
  ],
});
