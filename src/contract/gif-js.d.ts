/**
 * What is used of gif.js 0.2.0, which comes without types; its encoder is the Java one of Kevin Weiner, and so are its names.
 */
declare module 'gif.js/src/GIFEncoder.js' {
  export default class GIFEncoder {
    constructor(width: number, height: number);
    image: Uint8Array;
    indexedPixels: Uint8Array;
    /** r, g, b of 256 colours */
    colorTab: readonly number[];
    colorDepth: number;
    palSize: number;
    /** whether the header is still to come */
    firstFrame: boolean;
    out: { pages: Uint8Array[]; cursor: number };
    writeHeader(): void;
    /** 0: for ever */
    setRepeat(times: number): void;
    setGlobalPalette(colors: readonly number[]): void;
    /** of the picture that comes next, in milliseconds */
    setDelay(milliseconds: number): void;
    addFrame(image: Uint8Array): void;
    getImagePixels(): void;
    analyzePixels(): void;
    finish(): void;
  }
}
