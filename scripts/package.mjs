import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findElectron } from './electron.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';
import { setUpOrExit } from './setup.mjs';

// `npm run package`: installers for this system, by electron-builder.yml; what follows `--` goes to electron-builder.
// `npm run package -- --check`: without Electron's program, packs the app around a dummy, and proves what is in it.

/** The place in Electron's program that @electron/fuses looks for, its version, its length, and every fuse still off. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const FUSES = [
  'runAsNode',
  'cookieEncryption',
  'nodeOptions',
  'nodeCliInspect',
  'asarIntegrity',
  'onlyAsar',
  'browserSnapshot',
  'fileProtocolPrivileges',
];

const say = (line) => console.log(line);
const given = process.argv.slice(2);
const node = await setUpOrExit(say);
const builder = fileURLToPath(import.meta.resolve('electron-builder/cli.js'));

if (given.includes('--check')) await check();
else {
  // the one that `npm start` has fetched is taken, where the package is for this system
  const electron = findElectron();
  const dist =
    electron === undefined || given.some((word) => /^--(win|mac|linux|x64|arm64)/.test(word))
      ? []
      : [`-c.electronDist=${dirname(electron)}`];
  const { code } = await run(node, [builder, '--publish', 'never', ...dist, ...given]);
  process.exit(code ?? 1);
}

/** Exits with 1 and says why when a package would not work. */
async function check() {
  if (process.platform !== 'linux') fail('the check packs for Linux, on Linux');
  const folder = mkdtempSync(join(tmpdir(), 'from-noise-package-'));
  try {
    say('Packing around a dummy in place of Electron');
    dummyElectron(join(folder, 'electron'));
    const out = join(folder, 'dist');
    const args = [
      '--linux',
      'dir',
      '--publish',
      'never',
      `-c.electronDist=${join(folder, 'electron')}`,
      `-c.directories.output=${out}`,
    ];
    const { code, output } = await run(node, [builder, ...args], { quiet: true });
    if (code !== 0) fail(`electron-builder failed:\n${output}`);
    const app = join(out, 'linux-unpacked');
    checkFuses(readFileSync(join(app, 'from-noise'), 'latin1'));
    const resources = join(app, 'resources');
    const unpacked = join(folder, 'app');
    const { files, native } = unpack(join(resources, 'app.asar'), unpacked);
    say(`app.asar: ${files} files, of which ${native} lie beside it`);
    runCommands(unpacked, join(folder, 'library'));
    say('The package holds what it needs, and nothing of its sources.');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function dummyElectron(folder) {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8'));
  writeFileSync(join(folder, 'version'), version);
  writeFileSync(join(folder, 'LICENSE'), '');
  writeFileSync(join(folder, 'LICENSES.chromium.html'), '');
  const wire = Buffer.concat([Buffer.from(SENTINEL), Buffer.from([1, FUSES.length]), Buffer.from('0'.repeat(FUSES.length))]);
  writeFileSync(join(folder, 'electron'), wire);
  chmodSync(join(folder, 'electron'), 0o755);
}

function checkFuses(program) {
  const at = program.indexOf(SENTINEL) + SENTINEL.length + 2;
  const on = FUSES.filter((_, i) => program[at + i] === '1');
  say(`Fuses that are on: ${on.join(', ')}`);
  const expected = ['cookieEncryption', 'asarIntegrity', 'onlyAsar'];
  if (on.join() !== expected.join()) fail(`these should be on: ${expected.join(', ')}`);
}

/** Takes an archive apart as Electron reads it: JSON with sizes and offsets, then the files; the rest lies beside it. */
function unpack(archive, into) {
  const bytes = readFileSync(archive);
  const jsonLength = bytes.readUInt32LE(12);
  const start = 8 + bytes.readUInt32LE(4);
  const header = JSON.parse(bytes.toString('utf8', 16, 16 + jsonLength));
  const outside = [];
  let files = 0;
  let native = 0;
  const walk = (folder, path) => {
    for (const [name, entry] of Object.entries(folder.files)) {
      const here = join(path, name);
      const target = join(into, here);
      if (entry.files !== undefined) {
        mkdirSync(target, { recursive: true });
        walk(entry, here);
        continue;
      }
      files++;
      if (/^(src|e2e|bench|scripts|docs|\.ci|node_modules\/(electron|vite|typescript|vitest|vue|electron-builder)\/)/.test(here))
        outside.push(here);
      if (entry.link !== undefined) symlinkSync(entry.link, target);
      else if (entry.unpacked) {
        native++;
        cpSync(join(`${archive}.unpacked`, here), target);
      } else {
        if (/\.(node|so(\.\d+)*|dylib|dll)$/.test(name))
          fail(`${here} is native code inside the archive, where nothing can load it`);
        const from = start + Number(entry.offset);
        writeFileSync(target, bytes.subarray(from, from + entry.size));
      }
    }
  };
  mkdirSync(into);
  walk(header, '');
  const binaries = readdirSync(join(into, 'node_modules/onnxruntime-node/bin/napi-v6'));
  if (binaries.join() !== process.platform) fail(`it holds ONNX Runtime for ${binaries.join(', ')}`);
  if (outside.length > 0) fail(`it holds what it shouldn't: ${outside.slice(0, 5).join(', ')}`);
  for (const file of [
    'out/main/index.js',
    'out/main/trainer.js',
    'out/preload/index.cjs',
    'out/renderer/index.html',
    'resources/scorer.safetensors',
    'resources/tray.png',
    // what TensorFlow's installation compiles
    'node_modules/@tensorflow/tfjs-node-gpu/binding/tfjs_backend.cc',
    'node_modules/@tensorflow/tfjs-node-gpu/binding/tfjs_binding.cc',
  ])
    if (!existsSync(join(into, file))) fail(`${file} is missing`);
  return { files, native };
}

/** What the package is made for, with nothing but what is in it: trains on ONNX Runtime, draws and rasterises, writes a report. */
function runCommands(app, library) {
  const env = {
    ...process.env,
    FROM_NOISE_LIBRARY: library,
    FROM_NOISE_CONFIG: join(library, 'config'),
    FROM_NOISE_ENGINES: join(library, 'engines'),
    FROM_NOISE_TENSORFLOW: '',
  };
  const command = (...args) => {
    const { status, stdout, stderr } = spawnSync(node, [join(app, 'out/main/cli.js'), ...args], {
      env,
      cwd: app,
      encoding: 'utf8',
    });
    if (status !== 0) fail(`from-noise ${args.join(' ')} gave ${status}:\n${stderr}`);
    return stdout.trimEnd().split('\n').at(-1);
  };
  const small = ['width=2', 'subset=64', 'batchSize=32', 'epochs=1'].flatMap((setting) => ['--set', setting]);
  const trained = command('train', 'denoiser', '--device', 'onnx-cpu', ...small);
  command('figures', trained, '--out', join(library, 'figures'));
  say(`Trained, drawn and reported: ${command('report', '--out', join(library, 'report.html'))}`);
}

function fail(why) {
  console.error(`The package would not work: ${why}`);
  process.exit(1);
}
