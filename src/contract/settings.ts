import * as z from 'zod/mini';
import { presets } from './preset.ts';
import { DEVICES } from './recipe.ts';

/** A recipe that is being written: the preset it began with, and what was typed over it, valid or not. */
const draftSchema = z.object({
  preset: z.enum(presets.map(({ id }) => id)),
  changes: z.record(z.string().check(z.maxLength(40)), z.union([z.number(), z.string().check(z.maxLength(200))])),
});
export type StoredDraft = z.infer<typeof draftSchema>;

const fields = {
  theme: z.enum(['system', 'light', 'dark']),
  device: z.enum(['auto', ...DEVICES]),
  /** processor threads for training; 0 is as many as there are cores */
  threads: z.int().check(z.minimum(0), z.maximum(256)),
  /** whether the studio installs TensorFlow by itself where it is missing: until a person says no */
  installEngine: z.boolean(),
  /** what becomes of a training when its window is closed */
  closing: z.enum(['ask', 'keep', 'quit']),
  /** the library folder; empty is `~/From Noise` */
  library: z.string().check(z.maxLength(4096)),
  /** the page that was open last, as the path behind the window's #; empty is the guide */
  page: z.string().check(z.maxLength(300)),
  /** the part of the guide that was read last; empty is the first */
  part: z.string().check(z.maxLength(40)),
  /** what was compared last, as the query of its address; empty before */
  compare: z.string().check(z.maxLength(2000)),
  /** the recipes that are being written, by part of the assignment */
  drafts: z.record(z.string().check(z.maxLength(40)), draftSchema),
};

/** The settings file; one for the window, the browser host and the command line. */
export const settingsSchema = z.object({
  theme: z._default(fields.theme, 'system'),
  device: z._default(fields.device, 'auto'),
  threads: z._default(fields.threads, 0),
  installEngine: z._default(fields.installEngine, true),
  closing: z._default(fields.closing, 'ask'),
  library: z._default(fields.library, ''),
  page: z._default(fields.page, ''),
  part: z._default(fields.part, ''),
  compare: z._default(fields.compare, ''),
  drafts: z._default(fields.drafts, {}),
});
export type Settings = z.infer<typeof settingsSchema>;
export const defaultSettings: Settings = settingsSchema.parse({});

/** Some settings, to be changed: what isn't named stays, so nothing here has a default. */
export const settingsPatchSchema = z.partial(z.object(fields));
