/** Hands bytes to the person as a download. */
export function saveFile(fileName: string, type: string, bytes: Uint8Array<ArrayBuffer> | string | Blob): void {
  const url = URL.createObjectURL(bytes instanceof Blob ? bytes : new Blob([bytes], { type }));
  download(url, fileName);
  // after the download has taken hold of it
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Has the browser download what is at an address. */
export function download(url: string, fileName: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
}

/** A name that every file system takes: `Denoiser, D = 128` becomes `denoiser-d-128`. */
export const fileNameOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80) || 'chart';
