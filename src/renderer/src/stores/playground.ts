import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { useStudio } from '../client.ts';
import { digitAt, PIXELS } from '../pixels.ts';
import { useNotices } from './notices.ts';

/** What was drawn and chosen in the playground; it stays while the person looks at other pages. */
export const usePlayground = defineStore('playground', () => {
  const studio = useStudio();
  const notices = useNotices();
  const run = ref<string>();
  const tab = ref<'draw' | 'between'>('draw');
  const drawing = shallowRef(new Float32Array(PIXELS));
  const digit = ref<number | null>(null);
  /** γ, where the network is told a class */
  const guidance = ref(5);
  const weights = ref<'raw' | 'ema'>('raw');
  /** σ of a denoiser; where it has not been moved, the one that a run was trained at */
  const sigma = ref<number>();
  /** t in [0, 1] of the others */
  const t = ref(0.5);
  const seed = ref(0);
  /** a test digit of each class, to start from */
  const digits = shallowRef<readonly Float32Array[]>([]);

  async function loadDigits(): Promise<void> {
    if (digits.value.length > 0) return;
    const found = await notices.attempt(studio.call('dataset.noising', { seed: 0, ofEach: 1 }));
    if (found === undefined) return;
    // at σ = 0 they are as they are
    const clean = found.sigmas.indexOf(0);
    digits.value = Array.from({ length: found.digits }, (_, i) => digitAt(found.images, i * found.sigmas.length + clean).slice());
  }
  return { run, tab, drawing, digit, guidance, weights, sigma, t, seed, digits, loadDigits };
});
