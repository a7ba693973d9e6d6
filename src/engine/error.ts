/** What the engine says at its border: `message` names what and where, `hint` what helps; `code` is one of the contract's. */
export class EngineError extends Error {
  override name = 'EngineError';
  readonly code: 'bad-input' | 'not-found' | 'checkpoint' | 'device';
  readonly hint: string;
  constructor(code: EngineError['code'], message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
