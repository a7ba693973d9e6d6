import * as z from 'zod/mini';
import { DEVICES } from './recipe.ts';

/** The settings file; one for the window, the browser host and the command line. */
export const settingsSchema = z.object({
  theme: z._default(z.enum(['system', 'light', 'dark']), 'system'),
  device: z._default(z.enum(['auto', ...DEVICES]), 'auto'),
  /** processor threads for training; 0 is as many as there are cores */
  threads: z._default(z.int().check(z.minimum(0), z.maximum(256)), 0),
  /** the library folder; empty is `~/From Noise` */
  library: z._default(z.string().check(z.maxLength(4096)), ''),
});
export type Settings = z.infer<typeof settingsSchema>;
export const defaultSettings: Settings = settingsSchema.parse({});
