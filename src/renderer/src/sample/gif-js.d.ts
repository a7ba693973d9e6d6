/** What is used of gif.js 0.2.0 in a window; it comes without types. */
declare module 'gif.js/dist/gif.js' {
  interface Options {
    width: number;
    height: number;
    workers: number;
    /** address of the worker's script */
    workerScript: string;
    /** 0: for ever */
    repeat: number;
    /** r, g, b of 256 colours, for all frames */
    globalPalette: readonly number[];
  }
  export default class GIF {
    constructor(options: Options);
    readonly freeWorkers: readonly Worker[];
    readonly activeWorkers: readonly Worker[];
    /** `delay` in milliseconds */
    addFrame(image: ImageData, options: { delay: number }): void;
    on(event: 'progress', listener: (share: number) => void): void;
    on(event: 'finished', listener: (blob: Blob, bytes: Uint8Array<ArrayBuffer>) => void): void;
    render(): void;
    /** Ends the workers that have something to do; the others stay. */
    abort(): void;
  }
}
