import { computed, shallowRef, type Ref } from 'vue';
import { alongOf, type Axis } from './along.ts';
import { nearest, type Place } from './drawing.ts';
import type { LossSeries } from './loss-series.ts';
import { lineNear, type Reading } from './reading.ts';
import { pan, within, zoomAbout, type Range } from './viewport.ts';

/** What moving about in a chart needs to know of it, and what it changes. */
interface Chart {
  series: () => readonly LossSeries[];
  by: () => Axis;
  /** where the longest plan ends, in units of the x axis */
  whole: () => number;
  view: () => Range;
  /** undefined is the whole plan */
  range: Ref<Range | undefined>;
  /** where the crosshair stands, in units of the x axis */
  at: Ref<number | undefined>;
  /** key of the line that stands out */
  lead: Ref<string | undefined>;
  place: () => Place | undefined;
  readings: () => readonly Reading[];
  frame: () => HTMLElement;
}

type Gesture = { kind: 'choose'; from: number; to: number } | { kind: 'move'; clientX: number };

/** A part that is narrower was not meant. */
const LEAST_PIXELS = 8;

/**
 * Moves about in a chart. The wheel zooms once the chart has the focus, or with Ctrl; sideways it moves. Dragging chooses a
 * part, with Shift it moves; a finger that taps sets the crosshair. Arrows move the crosshair, + and − zoom about it, Page Up and Down move the view, Escape shows all.
 */
export function useNavigation({ series, by, whole, view, range, at, lead, place, readings, frame }: Chart) {
  const perPixel = (): number => {
    const plot = place();
    return plot === undefined ? 1 : (view()[1] - view()[0]) / (plot.right - plot.left);
  };
  /** the least that can be zoomed to, in units of the x axis */
  // four steps
  const least = (): number => Math.min(...series().map((s) => (4 * alongOf(s, by()).at(s.total)) / s.total), Infinity);
  function under(event: MouseEvent): number {
    const plot = place();
    if (plot === undefined) return 0;
    const inside = Math.min(plot.right, Math.max(plot.left, event.clientX - frame().getBoundingClientRect().left));
    return view()[0] + (inside - plot.left) * perPixel();
  }
  const gesture = shallowRef<Gesture>();
  /** the part that is being chosen, in units of the x axis and in pixels */
  const chosen = computed(() => {
    const g = gesture.value;
    const plot = place();
    if (g?.kind !== 'choose' || plot === undefined) return undefined;
    const [from, to] = [Math.min(g.from, g.to), Math.max(g.from, g.to)];
    const width = plot.x(to) - plot.x(from);
    return width > LEAST_PIXELS / 2 ? { from, to, left: plot.x(from), width } : undefined;
  });
  function moveBy(distance: number): void {
    if (range.value !== undefined) range.value = pan(range.value, distance, whole());
  }
  function zoom(factor: number, about: number): void {
    range.value = zoomAbout(view(), factor, about, whole(), least());
  }

  function onPointerdown(event: PointerEvent): void {
    const moves = event.button === 1 || (event.button === 0 && event.shiftKey);
    if (event.button > 1) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    // a finger does not move before it comes down
    at.value = under(event);
    gesture.value = moves ? { kind: 'move', clientX: event.clientX } : { kind: 'choose', from: under(event), to: under(event) };
  }
  function onPointermove(event: PointerEvent): void {
    const g = gesture.value;
    if (g?.kind === 'move') {
      moveBy((g.clientX - event.clientX) * perPixel());
      gesture.value = { kind: 'move', clientX: event.clientX };
    }
    // a model that the page holds reads as before until the page has taken the new one
    const x = (at.value = under(event));
    if (g?.kind === 'choose') gesture.value = { ...g, to: x };
    else if (series().length > 1) lead.value = lineNear(readings(), event.clientY - frame().getBoundingClientRect().top);
  }
  function onPointerup(): void {
    const part = chosen.value;
    gesture.value = undefined;
    if (part !== undefined && part.width > LEAST_PIXELS) range.value = within([part.from, part.to], whole(), least());
  }
  function onPointercancel(): void {
    gesture.value = undefined;
  }
  function onPointerleave({ pointerType }: PointerEvent): void {
    // a finger that is lifted leaves too: what it pointed at stays, until another place is touched
    if (gesture.value === undefined && pointerType !== 'touch') at.value = undefined;
    lead.value = undefined;
  }
  function onDblclick(): void {
    range.value = undefined;
  }
  function onBlur(): void {
    at.value = undefined;
  }
  /** Without the focus the wheel belongs to the page. */
  function onWheel(event: WheelEvent): void {
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways ? range.value === undefined : !event.ctrlKey && !event.metaKey && document.activeElement !== event.currentTarget)
      return;
    event.preventDefault();
    // a wheel that counts lines or pages
    const pixels = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? 16 : 400;
    if (sideways) moveBy((event.deltaX === 0 ? event.deltaY : event.deltaX) * pixels * perPixel());
    else zoom(Math.exp(Math.max(-0.5, Math.min(0.5, event.deltaY * pixels * (event.ctrlKey ? 0.01 : 0.002)))), under(event));
    at.value = under(event);
  }
  function onKeydown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [from, to] = view();
    const middle = at.value ?? (from + to) / 2;
    const page = (to - from) / 2;
    const acts: Record<string, () => void> = {
      Escape: onDblclick,
      '0': onDblclick,
      '+': () => zoom(0.5, middle),
      '=': () => zoom(0.5, middle),
      '-': () => zoom(2, middle),
      PageUp: () => moveBy(-page),
      PageDown: () => moveBy(page),
      ...arrows(event.shiftKey ? 10 : 1),
    };
    const act = acts[event.key];
    if (act === undefined || (event.key === 'Escape' && range.value === undefined)) return;
    event.preventDefault();
    act();
  }
  /** Keys that move the crosshair along the first line that has steps. */
  function arrows(far: number): Record<string, () => void> {
    const line = readings()[0]?.series ?? series().find((s) => s.steps.length > 0);
    if (line === undefined || line.steps.length === 0) return {};
    const along = alongOf(line, by());
    const last = line.steps.length - 1;
    const now = at.value === undefined ? last : nearest(line.steps, along.stepAt(at.value));
    const to = (index: number) => () => {
      const x = (at.value = along.at(line.steps[Math.min(last, Math.max(0, index))]!));
      // the view follows
      if (range.value !== undefined && (x < range.value[0] || x > range.value[1]))
        moveBy(x - (range.value[0] + range.value[1]) / 2);
    };
    return { ArrowLeft: to(now - far), ArrowRight: to(now + far), Home: to(0), End: to(last) };
  }

  return {
    chosen,
    isMoving: computed(() => gesture.value?.kind === 'move'),
    /** for v-on */
    listeners: {
      pointerdown: onPointerdown,
      pointermove: onPointermove,
      pointerup: onPointerup,
      pointercancel: onPointercancel,
      pointerleave: onPointerleave,
      dblclick: onDblclick,
      wheel: onWheel,
      keydown: onKeydown,
      blur: onBlur,
    },
  };
}
