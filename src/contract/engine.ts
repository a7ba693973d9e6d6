import * as z from 'zod/mini';

/** TensorFlow is installed apart from the studio: for the processor alone, or for NVIDIA's GPUs too. */
const ENGINE_KINDS = ['cpu', 'gpu'] as const;
export const engineKindSchema = z.enum(ENGINE_KINDS);
export type EngineKind = z.infer<typeof engineKindSchema>;

/** What an installation is doing; only downloading and unpacking count bytes, and not always their total. */
export const INSTALL_STAGES = ['look', 'download', 'unpack', 'compile', 'check'] as const;

/** What happens to the engine now. */
const engineWorkSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('none') }),
  /** there is an NVIDIA GPU: a person decides what is downloaded */
  z.object({ status: z.literal('asking'), gpu: z.string() }),
  z.object({
    status: z.literal('installing'),
    kind: engineKindSchema,
    stage: z.enum(INSTALL_STAGES),
    bytesDone: z.number(),
    /** 0 where it isn't known */
    bytesTotal: z.number(),
    /** begun by the studio itself, not by a person */
    background: z.boolean(),
  }),
  z.object({ status: z.literal('removing') }),
  z.object({ status: z.literal('failed'), kind: engineKindSchema, message: z.string(), hint: z.string() }),
]);

export const engineStateSchema = z.object({
  /** TensorFlow as it is used; absent where there is none */
  installed: z.optional(
    z.object({
      kind: engineKindSchema,
      /** empty for a folder of the developer's own */
      version: z.string(),
      /** where it came from: PyPI's wheel, a Python's TensorFlow, the npm package's script, or a developer's own folder */
      way: z.enum(['wheel', 'python', 'script', 'own']),
      folder: z.string(),
      bytes: z.number(),
    }),
  ),
  /** why there is none, and what would help; empty where there is one */
  reason: z.string(),
  hint: z.string(),
  /** bytes that an installation downloads; 0 where this system has no wheels */
  downloads: z.object({ cpu: z.number(), gpu: z.number() }),
  work: engineWorkSchema,
});
export type EngineState = z.infer<typeof engineStateSchema>;
