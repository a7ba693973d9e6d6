/** Electron's program, or undefined when it isn't there. */
export function findElectron(): string | undefined;
