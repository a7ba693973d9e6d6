import * as z from 'zod/mini';

/** What went wrong, in a form that crosses every border: a stable code, what happened and to what, and what to do about it. */
export const errorSchema = z.object({ code: z.string(), message: z.string(), hint: z.string() });
export type ErrorInfo = z.infer<typeof errorSchema>;

export type ErrorCode =
  | 'bad-input' // a value outside its range, a message of the wrong form
  | 'not-found' // no such run, checkpoint, file
  | 'dataset' // MNIST is missing or damaged
  | 'library' // the library folder can't be read or written
  | 'disk-full'
  | 'checkpoint' // a checkpoint is cut short, damaged or of another model
  | 'device' // an engine or device that is unknown or doesn't start
  | 'busy' // another process holds the run or the library's training slot
  | 'state' // the run is in a state that doesn't allow this
  | 'trainer' // the trainer process died
  | 'diverged' // the loss is no number any more
  | 'forbidden'
  | 'closed' // the connection to the studio is gone
  | 'internal';

/** The one error that may cross a border. `message` names what and where, `hint` says what helps. */
export class StudioError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  constructor(code: ErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StudioError';
    this.code = code;
    this.hint = hint;
  }
  toInfo(): ErrorInfo {
    return { code: this.code, message: this.message, hint: this.hint };
  }
  static fromInfo(info: ErrorInfo): StudioError {
    return new StudioError(info.code as ErrorCode, info.message, info.hint);
  }
}

/** Any thrown thing as an ErrorInfo; what isn't a StudioError is a defect of ours and says so. */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (error instanceof StudioError) return error.toInfo();
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, hint: 'This is a defect in From Noise. The log holds the details.' };
}
