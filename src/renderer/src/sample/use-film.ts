import { useRafFn, usePreferredReducedMotion } from '@vueuse/core';
import { computed, ref, watch, type Ref } from 'vue';

/** Frames a second at normal speed. */
const RATE = 20;
/** seconds that the last frame stands before a loop begins again */
const REST = 1.2;
export const SPEEDS = [
  { value: '0.25', label: '¼×' },
  { value: '1', label: '1×' },
  { value: '4', label: '4×' },
] as const;

/**
 * Plays the frames that have come. While they still come it shows the newest; afterwards it is paused, stepped, looped.
 * `count` is how many there are; `live` while more are on their way.
 */
export function useFilm(count: Ref<number>, live: Ref<boolean>) {
  const at = ref(0);
  const following = ref(true);
  const loop = ref(false);
  const speed = ref<(typeof SPEEDS)[number]['value']>('1');
  const motion = usePreferredReducedMotion();
  const last = computed(() => Math.max(0, count.value - 1));
  let carried = 0;

  const { pause, resume, isActive } = useRafFn(
    ({ delta }) => {
      carried += (delta / 1000) * RATE * Number(speed.value);
      const end = at.value >= last.value;
      const needed = end ? REST * RATE * Number(speed.value) : 1;
      if (carried < needed) return;
      if (!end) {
        at.value = Math.min(last.value, at.value + Math.floor(carried));
        carried = 0;
      } else if (live.value) carried = 0;
      else if (loop.value) at.value = carried = 0;
      else pause();
    },
    { immediate: false },
  );
  // a new sampling is watched as it comes
  watch(
    count,
    (now, before) => {
      if (before !== undefined && now < before) {
        pause();
        following.value = true;
        at.value = 0;
      }
      if (following.value) at.value = last.value;
    },
    { immediate: true },
  );
  watch(live, (on) => {
    if (!on && following.value && loop.value && motion.value !== 'reduce' && count.value > 1) play();
  });

  function seek(to: number): void {
    pause();
    at.value = Math.min(last.value, Math.max(0, Math.round(to)));
    following.value = live.value && at.value === last.value;
  }
  function play(): void {
    following.value = false;
    if (at.value >= last.value && !live.value) at.value = 0;
    carried = 0;
    resume();
  }
  function toggle(): void {
    if (isActive.value) pause();
    else play();
  }
  return { at, last, loop, speed, isPlaying: isActive, seek, toggle, pause };
}
