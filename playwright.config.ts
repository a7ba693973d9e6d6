import { defineConfig } from '@playwright/test';
import type { TargetName } from './e2e/targets/target.ts';
import { findChromium } from './scripts/chromium.mjs';
import { requireProjectNode } from './scripts/node-version.mjs';

requireProjectNode();
const chromium = findChromium() ?? '';
process.env['CHROMIUM'] = chromium; // the stand-in for Electron asks for it

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
    { name: 'host', use: { target: 'host' }, testIgnore: 'window.spec.ts' },
    { name: 'desktop', use: { target: 'desktop' }, testIgnore: ['host.spec.ts', 'command.spec.ts'] },
    { name: 'electron', use: { target: 'electron' }, testIgnore: ['host.spec.ts', 'command.spec.ts'] },
  ],
});
