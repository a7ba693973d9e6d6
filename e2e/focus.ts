import { expect, type Locator, type Page } from '@playwright/test';

interface Focused {
  html: string;
  /** what it is called by a screen reader, roughly */
  name: string;
  /** it shows that it has the focus */
  ring: boolean;
  /** it had it before, when this was asked */
  again: boolean;
}
/** What has the focus now, in the page or in a shadow tree of it; undefined where nothing has it. */
export async function focusedNow(page: Page): Promise<Focused | undefined> {
  return await page.evaluate(() => {
    let e = document.activeElement;
    // the report's page stands in a tree of its own
    while (e?.shadowRoot?.activeElement != null) e = e.shadowRoot.activeElement;
    if (e === null || e === document.body) return undefined;
    const again = e.hasAttribute('data-reached');
    e.setAttribute('data-reached', '');
    // the ring may be drawn by a part of it
    const ring = [e, ...e.querySelectorAll('*')].some((part) => {
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(part);
      return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 && !/, 0\)$|\/ 0\)$|transparent/.test(outlineColor);
    });
    const name =
      e.getAttribute('aria-label') ??
      (e.getAttribute('aria-labelledby') ?? '')
        .split(' ')
        .map((id) => document.getElementById(id)?.textContent ?? '')
        .join(' ');
    const labels = 'labels' in e ? [...((e as HTMLInputElement).labels ?? [])].map((l) => l.textContent).join(' ') : '';
    return { html: e.outerHTML.slice(0, 160), ring, name: `${name}${labels}${e.textContent}`.trim(), again };
  });
}

/** The focus is there, in view, and to be seen. */
export async function expectFocus(on: Locator): Promise<void> {
  await expect(on).toBeFocused();
  expect(await focusedNow(on.page())).toMatchObject({ ring: true });
  await expect(on).toBeInViewport();
}

/** Something on the page has the focus, or gets it in a moment: a key does what it says there. */
export async function expectFocusKept(page: Page): Promise<void> {
  await expect.poll(() => focusedNow(page)).toBeDefined();
}

/** Presses Tab until the focus is on a control, as a person does who sees where it is. */
export async function tabTo(control: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await expect(control).toBeVisible();
  const MOST = 120;
  for (let i = 0; i < MOST; i++) {
    if (await control.evaluate((e) => e === document.activeElement)) {
      await expectFocus(control);
      return;
    }
    await control.page().keyboard.press(key);
  }
  throw new Error(`${String(MOST)} times ${key} do not lead to ${control.toString()}`);
}
