import { createClient, type Link, type StudioClient } from '#contract/link.ts';

let client: StudioClient | undefined;

/** Opens the one studio of this window over a link. */
export function openStudio(link: Link): StudioClient {
  client = createClient(link);
  return client;
}

/** The studio of this window. */
export function useStudio(): StudioClient {
  if (client === undefined) throw new Error('openStudio has not been called');
  return client;
}
