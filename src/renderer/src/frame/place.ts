import type { NavigationGuardReturn, RouteLocationNormalized, Router } from 'vue-router';
import { guidePart, guideParts } from '../guide/parts.ts';
import { useSettings } from '../stores/settings.ts';

/**
 * Where one was: a window that opens without an address goes to the page that was open last, and the guide opens at
 * the part that was read last. Both are kept with the settings, since a browser's own memory is bound to a port.
 */
export function rememberPlace(router: Router): void {
  const settings = useSettings();

  /** The settings, once they are there; without them one begins at the beginning. */
  async function known(): Promise<{ page: string; part: string }> {
    if (!settings.loaded) await settings.load().catch(() => undefined);
    return settings.settings;
  }
  const partOf = (to: RouteLocationNormalized): string | undefined =>
    typeof to.params.part === 'string' ? guidePart(to.params.part)?.id : undefined;

  router.beforeEach(async (to): Promise<NavigationGuardReturn> => {
    if (to.path === '/') {
      const { page } = await known();
      const last = router.resolve(page === '' ? '/' : page);
      return last.path === '/' || last.name === undefined ? { name: 'guide' } : { path: last.path, replace: true };
    }
    if (to.name !== 'guide' || partOf(to) !== undefined) return true;
    const part = guidePart((await known()).part) ?? guideParts[0]!;
    return { name: 'guide', params: { part: part.id }, replace: true };
  });
  router.afterEach((to, _, failure) => {
    if (failure !== undefined || to.path === '/') return;
    const { page, part } = settings.settings;
    const patch = { page: to.path, part: partOf(to) ?? part };
    if (patch.page === page && patch.part === part) return;
    // not worth a notice: the next start begins a page earlier
    void settings.set(patch).catch(() => undefined);
  });
}
