import { BookOpen, Columns2, Film, List, NotebookText, Pencil } from '@lucide/vue';

/** The pages of the sidebar, with the single key that opens each. */
export const pages = [
  { name: 'guide', label: 'Guide', icon: BookOpen, key: '1' },
  { name: 'runs', label: 'Runs', icon: List, key: '2' },
  { name: 'compare', label: 'Compare', icon: Columns2, key: '3' },
  { name: 'sample', label: 'Sample', icon: Film, key: '4' },
  { name: 'playground', label: 'Playground', icon: Pencil, key: '5' },
  { name: 'report', label: 'Report', icon: NotebookText, key: '6' },
] as const;
