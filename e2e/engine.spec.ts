import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test, type TestStudio } from './studio.ts';

// what is downloaded here is nothing: `python3` is a script of the test's
test.skip(process.platform === 'win32', 'the stand-in for Python is a shell script');

let folder: string;
test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'e2e-python-'));
});
test.afterEach(() => rm(folder, { recursive: true, maxRetries: 10 }));

/** A start as the first one on a machine, with a Python whose `pip download` does as `download` says. */
async function providePip({ env }: TestStudio, download: string): Promise<void> {
  const script = `#!/bin/sh\ncase "$*" in\n*--version*) echo "pip 25.0" ;;\n*download*) ${download} ;;\n*) exit 1 ;;\nesac\n`;
  await mkdir(folder, { recursive: true });
  for (const name of ['python3', 'python', 'pip', 'pip3']) await writeFile(join(folder, name), script, { mode: 0o755 });
  Object.assign(env, {
    PATH: `${folder}${delimiter}${env['PATH'] ?? ''}`,
    FROM_NOISE_NO_ENGINE_INSTALL: '',
    // the last way, the npm package's own script, meets a dead end too
    HTTPS_PROXY: 'http://127.0.0.1:9',
    https_proxy: 'http://127.0.0.1:9',
  });
}

test('installs TensorFlow in the background at the first start, and never again once a person has cancelled', async ({
  studio,
}) => {
  await providePip(studio, 'while true; do head -c 3000000 /dev/zero >> part; sleep 0.2; done');
  let page = await studio.open();
  const line = page.getByRole('region', { name: 'TensorFlow' });
  await expect(line).toContainText('Installing TensorFlow in the background: downloading');
  await expect(line).toContainText('MB of 274 MB');
  await expect(line.getByRole('progressbar')).toHaveAttribute('aria-valuenow', /\d/);
  await studio.shot('engine-background');
  // the studio waits for nothing
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeEnabled();

  await line.getByRole('button', { name: 'Cancel' }).click();
  await expect(line).toBeHidden();
  await studio.close();

  page = await studio.open();
  await page.getByRole('link', { name: 'Settings' }).click();
  const section = page.getByRole('region', { name: 'TensorFlow' });
  await expect(section).toContainText('TensorFlow is not installed.');
  await expect(section.getByRole('button', { name: 'Install (274 MB)' })).toBeEnabled();
  await expect(section.getByRole('button', { name: 'Cancel' })).toBeHidden();
  await studio.shot('engine-settings');
});

test('says in a line why TensorFlow can not be had, and trains with ONNX Runtime', async ({ studio }) => {
  await providePip(studio, 'echo "ERROR: Retrying (Retry(total=0)): Could not fetch URL" >&2; exit 1');
  const page = await studio.open();
  const line = page.getByRole('region', { name: 'TensorFlow' });
  await expect(line).toContainText('TensorFlow could not be installed.', { timeout: 40_000 });
  await expect(line).toContainText('PyPI can not be reached');
  await expect(line).toContainText('Training goes on with ONNX Runtime.');
  await studio.shot('engine-failed');
  await line.getByRole('button', { name: 'Hide' }).click();
  await expect(line).toBeHidden();
});
