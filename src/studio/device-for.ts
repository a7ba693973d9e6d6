import type { Recipe } from '#contract/recipe.ts';
import { deviceEnvironment } from '#trainer/environment.ts';
import type { Preferences } from '#trainer/messages.ts';
import type { Devices } from './devices.ts';

/** What a job is computed on, and the variables that its process needs for that. */
export interface DeviceFor {
  preferences: Preferences;
  environment: Readonly<Record<string, string>>;
}

/** The best device that there is, for a precision. */
export async function deviceFor(devices: Pick<Devices, 'resolve'>, precision: Recipe['precision']): Promise<DeviceFor> {
  const preferences = await devices.resolve({ device: 'auto', precision });
  return { preferences, environment: await deviceEnvironment(preferences.device, preferences.threads) };
}
