import * as z from 'zod/mini';
import { DEVICES } from './recipe.ts';

const fields = {
  theme: z.enum(['system', 'light', 'dark']),
  device: z.enum(['auto', ...DEVICES]),
  /** processor threads for training; 0 is as many as there are cores */
  threads: z.int().check(z.minimum(0), z.maximum(256)),
  /** whether the studio installs TensorFlow by itself where it is missing: until a person says no */
  installEngine: z.boolean(),
  /** the library folder; empty is `~/From Noise` */
  library: z.string().check(z.maxLength(4096)),
  /** the page that was open last, as the path behind the window's #; empty is the guide */
  page: z.string().check(z.maxLength(300)),
  /** the part of the guide that was read last; empty is the first */
  part: z.string().check(z.maxLength(40)),
};

/** The settings file; one for the window, the browser host and the command line. */
export const settingsSchema = z.object({
  theme: z._default(fields.theme, 'system'),
  device: z._default(fields.device, 'auto'),
  threads: z._default(fields.threads, 0),
  installEngine: z._default(fields.installEngine, true),
  library: z._default(fields.library, ''),
  page: z._default(fields.page, ''),
  part: z._default(fields.part, ''),
});
export type Settings = z.infer<typeof settingsSchema>;
export const defaultSettings: Settings = settingsSchema.parse({});

/** Some settings, to be changed: what isn't named stays, so nothing here has a default. */
export const settingsPatchSchema = z.partial(z.object(fields));
