/** What is used of gif.js 0.2.0, which comes without types; its encoder is the Java one of Kevin Weiner, and so are its names. */
declare module 'gif.js' {
  interface GIFEncoder {
    image: Uint8Array;
    indexedPixels: Uint8Array;
    /** r, g, b of 256 colours */
    colorTab: readonly number[];
    colorDepth: number;
    palSize: number;
    out: { pages: Uint8Array[]; cursor: number };
    writeHeader(): void;
    /** 0: for ever */
    setRepeat(times: number): void;
    setGlobalPalette(colors: readonly number[]): void;
    /** of the frame that comes next, in milliseconds */
    setDelay(milliseconds: number): void;
    addFrame(image: Uint8Array): void;
    getImagePixels(): void;
    analyzePixels(): void;
    finish(): void;
  }
  const library: { GIFEncoder: new (width: number, height: number) => GIFEncoder };
  export default library;
}
