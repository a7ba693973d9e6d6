import { defineStore } from 'pinia';
import { ref } from 'vue';

/** How one looks into networks in the guide's figure; it stays while the person looks at other pages. */
export const useInside = defineStore('inside', () => {
  const open = ref(false);
  /** the run that was chosen by hand, and its epoch; without one it is the part's best */
  const chosen = ref<{ run: string; epoch?: number | undefined }>();
  /** which test digit is looked at */
  const digit = ref(7);
  /** σ of a denoiser; where it has not been moved, the one that a run was trained at */
  const sigma = ref<number>();
  /** t in [0, 1] of the others: where digit and noise are both to be seen */
  const t = ref(1 / 3);
  const seed = ref(0);
  /** the class that a network is told: that of the digit, none, or another */
  const told = ref<'own' | 'none' | `${number}`>('own');
  /** what else it is told, to compare with: nothing, a class or none, or a time as a share of T */
  const instead = ref<Instead>('');
  const weights = ref<'raw' | 'ema'>('raw');
  /** whether each map has its own scale of greys, or all of a block have one */
  const scale = ref<'own' | 'one'>('own');
  /** what the sheet shows, where there is a change to be shown */
  const view = ref<'maps' | 'change'>('change');
  return { open, chosen, digit, sigma, t, seed, told, instead, weights, scale, view };
});
export type Instead = '' | 'none' | `class ${number}` | `t ${number}`;
