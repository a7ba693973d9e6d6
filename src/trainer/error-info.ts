import { toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import { EngineError } from '#engine/error.ts';

/** Any thrown thing as what may cross a border. The engine knows no contract, but its errors are made for one. */
export const errorInfoOf = (thrown: unknown): ErrorInfo =>
  thrown instanceof EngineError ? { code: thrown.code, message: thrown.message, hint: thrown.hint } : toErrorInfo(thrown);
