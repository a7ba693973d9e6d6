import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { passErrorsOn } from './standard-error.mjs';

it("leaves TensorFlow's two notes out, and nothing else: not its warnings, and no last words without an end of line", async () => {
  const said = [
    'WARNING: All log messages before absl::InitializeLog() is called are written to STDERR',
    'I0000 00:00:1795633586.126502   12214 port.cc:153] oneDNN custom operations are on. You may see slightly different results.',
    'W0000 00:00:1795633586.126502   12214 port.cc:160] something is wrong',
    '',
    'F0000 00:00:1795633586.126502   12214 cpu_feature_guard.cc:86] The TensorFlow library was compiled to use AVX',
  ];
  const to = new PassThrough();
  const from = Readable.from([said.join('\n').slice(0, 130), said.join('\n').slice(130)]);
  passErrorsOn(from, to);
  from.on('close', () => setImmediate(() => to.end()));
  expect(await text(to)).toBe(`${said.slice(2).join('\n')}\n`);
});
