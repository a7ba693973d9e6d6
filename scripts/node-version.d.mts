/** Throws unless this process runs on the project's own Node. */
export function requireProjectNode(): void;
