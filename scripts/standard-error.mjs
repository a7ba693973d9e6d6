import { createInterface } from 'node:readline';

/**
 * What TensorFlow says while it is being loaded, before it reads how much it is to say (TF_CPP_MIN_LOG_LEVEL): that it will
 * log to standard error, and that it uses oneDNN, as it always does. Nothing else is left out.
 */
const NOTES = [
  /^WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR$/,
  /^I\d{4} [\d:.]+\s+\d+ port\.cc:\d+\] oneDNN custom operations are on\./,
];

/**
 * Passes on, line by line, what a program says on standard error, but for TensorFlow's two notes.
 *
 * @param {import('node:stream').Readable} from
 * @param {import('node:stream').Writable} [to]
 */
export function passErrorsOn(from, to = process.stderr) {
  createInterface({ input: from, crlfDelay: Infinity }).on('line', (line) => {
    if (!NOTES.some((note) => note.test(line))) to.write(`${line}\n`);
  });
}
