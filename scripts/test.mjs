import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { provideChromium } from './chromium.mjs';
import { findElectron } from './electron.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';
import { build, install, SetUpError } from './setup.mjs';
import { provideTensorFlow } from './tensorflow.mjs';

// `npm test`: everything that decides whether a change lands. Ends at the first failure; the last line counts the tests.

const say = (line) => console.log(line);
const results = join(root, 'test-results');
const counts = { passed: 0, failed: 0 };
const finish = (code) => {
  say(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(code);
};
const fail = (what) => {
  counts.failed = Math.max(1, counts.failed);
  say(`\n${what}`);
  finish(1);
};

/** A step of the set-up, whose failure counts as one. */
async function due(step) {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    return fail(error.message);
  }
}

const node = await due(() => install(say));
// whatever the tools start runs on the project's Node too
const env = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH };
const tool = (...path) => join('node_modules', ...path);
const toolNamed = {
  eslint: tool('eslint', 'bin', 'eslint.js'),
  prettier: tool('prettier', 'bin', 'prettier.cjs'),
  knip: tool('knip', 'bin', 'knip.js'),
  tsc: tool('typescript', 'bin', 'tsc'),
  'vue-tsc': tool('vue-tsc', 'bin', 'vue-tsc.js'),
  vitest: tool('vitest', 'vitest.mjs'),
  playwright: tool('@playwright', 'test', 'cli.js'),
};

async function check(heading, ...commands) {
  say(`\n== ${heading}`);
  for (const [name, ...args] of commands) {
    const { code } = await run(node, [toolNamed[name], ...args], { env });
    if (code !== 0) fail(`${heading}: ${name} found something.`);
  }
}

/** Runs a test runner that also writes a JSON report, and counts by that. */
async function test(heading, [name, ...args], reportFile, count, more = {}) {
  say(`\n== ${heading}`);
  rmSync(reportFile, { force: true });
  const { code } = await run(node, [toolNamed[name], ...args], { env: { ...env, ...more } });
  try {
    const { passed, failed } = count(JSON.parse(readFileSync(reportFile, 'utf8')));
    counts.passed += passed;
    counts.failed += failed;
  } catch (error) {
    fail(`${heading}: no report was written (${error.message}).`);
  }
  if (code !== 0) fail(`${heading}: not all passed.`);
}

mkdirSync(results, { recursive: true });
await check('Lint', ['eslint', '.'], ['prettier', '--check', '--log-level', 'warn', '.'], ['knip']);
await check('Types', ['tsc', '--noEmit', '-p', 'tsconfig.node.json'], ['vue-tsc', '--noEmit', '-p', 'tsconfig.web.json']);
say('\n== TensorFlow');
const tensorflow = await provideTensorFlow(node, say);
say(tensorflow.folder === undefined ? `Its tests are skipped: ${tensorflow.why}` : `Its tests run with ${tensorflow.folder}`);
const unitReport = join(results, 'unit.json');
await test(
  'Unit tests',
  ['vitest', 'run', '--reporter=dot', '--reporter=json', `--outputFile.json=${unitReport}`],
  unitReport,
  (report) => ({ passed: report.numPassedTests, failed: report.numFailedTests }),
  tensorflow.folder === undefined ? {} : { FROM_NOISE_TENSORFLOW: tensorflow.folder },
);
say('\n== Build');
await due(() => build(node, say));

say('\n== End to end');
let chromium;
try {
  chromium = await provideChromium(node, say);
} catch (error) {
  fail(error.message);
}
say(`in ${chromium}${findElectron() === undefined ? '; the tests on Electron itself are skipped: its program is not here' : ''}`);
const e2eReport = join(results, 'e2e.json');
await test(
  'Specs',
  ['playwright', 'test', '--reporter=list,json'],
  e2eReport,
  (report) => ({ passed: report.stats.expected + report.stats.flaky, failed: report.stats.unexpected }),
  { CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: e2eReport },
);
finish(0);
