import type { Link } from '#contract/link.ts';

declare global {
  interface Window {
    /** the preload's bridge; absent in a browser */
    studio?: Link;
  }
}
declare module 'vue-router' {
  interface RouteMeta {
    /** the window's title while the page is shown */
    title: string;
  }
}
