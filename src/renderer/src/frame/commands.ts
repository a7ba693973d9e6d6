import {
  BookOpen,
  CircleHelp,
  Columns2,
  Film,
  Layers,
  Moon,
  PackageOpen,
  Pause,
  Play,
  Plus,
  Settings,
  Square,
  Sun,
  SunMoon,
} from '@lucide/vue';
import { computed, type Component, type ComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { samplersOf } from '#contract/sampling.ts';
import { lastTwo } from '../compare/last-two.ts';
import { guideParts, numberInWords } from '../guide/parts.ts';
import { partInWords } from '../recipe-words.ts';
import { thumbOf } from '../run/pictures.ts';
import { allowed, useRunActions } from '../run/run-actions.ts';
import { useImportDialog } from '../runs/use-import-dialog.ts';
import { useNotices } from '../stores/notices.ts';
import { usePalette } from '../stores/palette.ts';
import { useRuns } from '../stores/runs.ts';
import { useSettings } from '../stores/settings.ts';
import { statusWords } from '../status-words.ts';
import { withCommand } from './keys.ts';
import type { Command } from './match-commands.ts';
import { pages } from './pages.ts';

/** A command with its picture: an icon, or the thumbnail of the run it opens. */
export interface PaletteCommand extends Command {
  icon?: Component;
  thumb?: ReturnType<typeof thumbOf>;
  keys?: string;
  run: () => unknown;
}

/** Everything the palette offers now: what may be done with the run that is looked at or trains, pages, settings, runs. */
export function useCommands(): ComputedRef<PaletteCommand[]> {
  const router = useRouter();
  const route = useRoute();
  const runs = useRuns();
  const actions = useRunActions();
  const settings = useSettings();
  const notices = useNotices();
  const palette = usePalette();
  const chooseImports = useImportDialog();

  const current = computed(() => {
    const { id } = route.params;
    return (typeof id === 'string' ? runs.byId.get(id) : undefined) ?? runs.training;
  });
  const ofRun = computed((): PaletteCommand[] => {
    const run = current.value;
    if (run === undefined) return [];
    const may = allowed(run);
    return [
      ...(may.pause ? [{ id: 'pause', label: `Pause ${run.name}`, icon: Pause, run: () => actions.pause(run) }] : []),
      ...(may.resume ? [{ id: 'resume', label: `Resume ${run.name}`, icon: Play, run: () => actions.resume(run) }] : []),
      ...(samplersOf[run.recipe.objective].length > 0 && run.checkpoints.length > 0
        ? [
            {
              id: 'sample-run',
              label: `Sample from ${run.name}`,
              icon: Film,
              run: () => router.push({ name: 'sample', query: { run: run.id } }),
            },
          ]
        : []),
      ...(run.checkpoints.length > 0
        ? [{ id: 'look-inside', label: `Look inside ${run.name}`, icon: Layers, run: () => actions.lookInside(run) }]
        : []),
      ...(may.stop ? [{ id: 'stop', label: `Stop ${run.name}`, icon: Square, run: () => actions.stop(run) }] : []),
    ];
  });
  const theme = (value: 'system' | 'light' | 'dark', label: string, icon: Component): PaletteCommand => ({
    id: `theme-${value}`,
    label,
    icon,
    also: 'theme appearance settings',
    run: () => notices.attempt(settings.set({ theme: value })),
  });
  const fixed: PaletteCommand[] = [
    ...pages.map(({ name, label, icon, key }) => ({ id: name, label, icon, keys: key, run: () => router.push({ name }) })),
    ...guideParts.map((part) => ({
      id: `guide-${part.id}`,
      label: part.title,
      detail: numberInWords(part),
      also: 'guide assignment',
      icon: BookOpen,
      run: () => router.push({ name: 'guide', params: { part: part.id } }),
    })),
    {
      id: 'new-run',
      label: 'New run',
      icon: Plus,
      also: 'train',
      run: () => router.push({ name: 'guide' }),
    },
    {
      id: 'import',
      label: 'Import a run…',
      icon: PackageOpen,
      also: 'open file archive fromnoise runs',
      run: chooseImports,
    },
    {
      id: 'settings',
      label: 'Settings',
      icon: Settings,
      also: 'device threads library',
      keys: withCommand(','),
      run: () => router.push({ name: 'settings' }),
    },
    theme('light', 'Light theme', Sun),
    theme('dark', 'Dark theme', Moon),
    theme('system', 'Theme of the system', SunMoon),
    {
      id: 'shortcuts',
      label: 'Keyboard shortcuts',
      icon: CircleHelp,
      also: 'keys help',
      keys: '?',
      run: () => (palette.shown = 'shortcuts'),
    },
  ];
  const compareLast = computed((): PaletteCommand[] => {
    const ids = lastTwo(runs.list).map(({ id }) => id);
    const run = () => router.push({ name: 'compare', query: { runs: ids.join(',') } });
    return ids.length < 2 ? [] : [{ id: 'compare-last', label: 'Compare the last two runs', icon: Columns2, run }];
  });
  return computed(() => [
    ...ofRun.value,
    ...compareLast.value,
    ...fixed,
    ...runs.list.map((run) => ({
      id: `run-${run.id}`,
      label: run.name,
      detail: `${partInWords(run.recipe)} · ${statusWords[run.state.status]}`,
      also: 'run',
      thumb: thumbOf(run),
      run: () => router.push({ name: 'run', params: { id: run.id } }),
    })),
  ]);
}
