import type { EngineKind, EngineWay } from '../engine.ts';

/** What an installation is doing. Only `download` and `unpack` count bytes. */
export type InstallStage = 'look' | 'download' | 'unpack' | 'compile' | 'check';

/** `total` is 0 where it isn't known. */
export type OnProgress = (stage: InstallStage, bytesDone: number, bytesTotal: number) => void;

/** What a way is given. */
export interface WayContext {
  kind: EngineKind;
  /** the engine's folder in the making: the npm packages are in it */
  engine: string;
  /** for what is not kept */
  scratch: string;
  /** a person's folder with wheels, instead of the network */
  from: string | undefined;
  onProgress: OnProgress;
  signal: AbortSignal | undefined;
}

/** What a way has made: libraries and binding are in the engine's package. */
interface Made {
  /** TensorFlow's version */
  version: string;
  source: string;
  /** folders for the dynamic loader's search path, below the engine's folder */
  libraryPath: string[];
}

export interface Way {
  name: Exclude<EngineWay, 'own'>;
  /** in a sentence: `PyPI's wheel` */
  label: string;
  /** Throws Unavailable when it can't be gone here, StudioError `disk-full`, or the signal's reason. */
  go(context: WayContext): Promise<Made>;
}

/** A way can't be gone on this machine, and the next one may be. The message is a part of a sentence. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}
