import type { Page } from '@playwright/test';

/** A studio that runs, with one page of it. */
export interface RunningStudio {
  readonly page: Page;
  /** The process that serves the page and owns the trainer. */
  readonly pid: number;
  /** What it has printed. */
  log(): string;
  /** The name and the bytes of the file that `act` makes the page hand out. */
  saved(act: () => Promise<void>): Promise<{ fileName: string; bytes: Uint8Array }>;
  /** Ends it as a person would. */
  close(): Promise<void>;
  /** Ends it as a crash or a power cut would. */
  kill(): Promise<void>;
}

export type TargetName = 'host' | 'desktop' | 'electron';
