/**
 * Trains the digit scorer on MNIST's training split, says how many test digits it reads right, and writes its weights:
 * `npm run train-scorer`. The weights in resources/ came from it, on onnx-cpu with 2 threads.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { openExecutor } from '#engine/executors/registry.ts';
import { openScorer, scorerShapes } from '#engine/scoring/scorer.ts';
import { trainScorer } from '#engine/scoring/training.ts';
import { encodeTensors, floatTensor } from '#engine/tensors/safetensors.ts';
import { loadMnist } from '#library/mnist.ts';

const file = process.argv[2] ?? new URL('../resources/scorer.safetensors', import.meta.url).pathname;
const recipe = { epochs: 8, batchSize: 100, learningRate: 2e-3, shift: 2, seed: 180 };

const executor = await openExecutor('onnx-cpu', { threads: 2 });
const train = await loadMnist('train');
const started = performance.now();
let sum = 0;
const weights = await trainScorer(executor, train, recipe, (step, of, loss) => {
  sum += loss;
  if (step % 100 !== 0) return;
  console.log(`step ${step} of ${of}: loss ${(sum / 100).toFixed(5)}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  sum = 0;
});

const test = await loadMnist('test');
const scorer = await openScorer(executor, weights);
const { digits } = await scorer.read(Float32Array.from(test.images, (v) => v / 255));
await scorer.dispose();
const right = digits.filter((digit, i) => digit === test.labels[i]).length;
console.log(`${right} of ${digits.length} test digits are read right: ${((100 * right) / digits.length).toFixed(2)} %`);

const tensors = new Map([...scorerShapes()].map(([name, shape]) => [name, floatTensor(shape, weights[name]!)]));
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, encodeTensors(tensors, { accuracy: String(right / digits.length), recipe: JSON.stringify(recipe) }));
console.log(`written: ${file}`);
