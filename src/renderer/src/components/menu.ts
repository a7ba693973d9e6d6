import type { Component } from 'vue';

/** What a menu offers: an action, or the line between two groups of them. */
export type MenuEntry =
  | {
      label: string;
      icon?: Component;
      /** the key that does the same, as it is shown */
      keys?: string;
      danger?: boolean;
      disabled?: boolean;
      run: () => unknown;
    }
  | 'line';
