/** What an installed engine is, as its manifest says it. */
import * as z from 'zod/mini';

/** `cpu` computes on the processor, `gpu` on NVIDIA's; the latter runs on the processor too. */
export type EngineKind = 'cpu' | 'gpu';
/** Where its libraries came from: PyPI's wheel, a Python's TensorFlow, the npm package's script; `own` is a developer's folder. */
export type EngineWay = 'wheel' | 'python' | 'script' | 'own';

/** What a golden training step in a process of its own said about an engine. */
const proofSchema = z.object({
  /** ISO 8601 */
  at: z.string(),
  device: z.enum(['tensorflow-cpu', 'tensorflow-gpu']),
  /** `TensorFlow 2.21.0` */
  engine: z.string(),
  /** comparisons with PyTorch's numbers */
  checks: z.int().check(z.positive()),
  /** the worst of their errors, in parts of its tolerance: at most 1 */
  worst: z.number().check(z.lte(1)),
});
export type Proof = z.infer<typeof proofSchema>;

/** A path below the engine's folder, with forward slashes. */
const relativePath = z.string().check(
  z.minLength(1),
  z.refine((path) => !/^[/\\]|^[a-z]:|\\/i.test(path) && !path.split('/').includes('..')),
);

export const manifestSchema = z.object({
  format: z.literal(1),
  kind: z.enum(['cpu', 'gpu']),
  way: z.enum(['wheel', 'python', 'script']),
  /** TensorFlow's */
  version: z.string(),
  /** what it was made of: file names, or the folder of a Python's TensorFlow */
  source: z.string(),
  /** ISO 8601 */
  installedAt: z.string(),
  /** folders for the dynamic loader's search path */
  libraryPath: z.array(relativePath),
  files: z.array(
    z.object({
      path: relativePath,
      bytes: z.int().check(z.nonnegative()),
      /** milliseconds since 1970 */
      modified: z.int(),
      sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
  proof: proofSchema,
});
export type Manifest = z.infer<typeof manifestSchema>;

/** An engine that may be used. */
export interface Engine {
  /** its node_modules holds tfjs-node-gpu with binding and libraries; absolute */
  folder: string;
  kind: EngineKind;
  way: EngineWay;
  /** TensorFlow's version; empty for a folder of the developer's own */
  version: string;
  source: string;
  /** ISO 8601; empty for a folder of the developer's own */
  installedAt: string;
  bytes: number;
  /** folders for the dynamic loader's search path, absolute; see engineEnvironment */
  libraryPath: string[];
  /** undefined for a folder of the developer's own, which is taken at its word */
  proof: Proof | undefined;
}
