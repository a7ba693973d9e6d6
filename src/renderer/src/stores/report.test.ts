import { createPinia, setActivePinia } from 'pinia';
import { describe, expect, it } from 'vitest';
import { patchedReport, reportSchema, type Report } from '#contract/report.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { scriptedRun } from '../scripted-run.ts';
import { useReport } from './report.ts';
import { useRuns } from './runs.ts';

async function open(refuses = false) {
  let kept: Report = reportSchema.parse({ name: 'Ada' });
  const runs = [
    scriptedRun('quick', { epochs: 5, recipe: { width: 16 }, createdAt: 2 }),
    scriptedRun('full', { epochs: 5, createdAt: 1 }),
  ];
  const scripted = scriptedLink({
    'runs.list': () => ({ runs, more: false }),
    'report.get': () => kept,
    'report.set': (patch) => {
      if (refuses) throw new Error('the disk is full');
      return (kept = patchedReport(kept, patch));
    },
  });
  openStudio(scripted.link);
  setActivePinia(createPinia());
  const report = useReport();
  await Promise.all([useRuns().load(), report.load()]);
  const loss = () => report.list.find(({ id }) => id === 'denoiser-loss');
  return { scripted, report, loss };
}

describe('the report of a window', () => {
  it('takes the best run, or the one that is chosen', async () => {
    const { report, loss } = await open();
    expect(loss()).toMatchObject({ state: 'done', run: { id: 'full' } });
    await report.change({ runs: { 'denoiser-loss': 'quick' } });
    expect(loss()).toMatchObject({ state: 'preview', run: { id: 'quick' } });
    await report.change({ runs: { 'denoiser-loss': null } });
    expect(loss()).toMatchObject({ run: { id: 'full' } });
    expect(report.report.name).toBe('Ada');
  });
  it('shows a change before it is kept, and takes back what is refused', async () => {
    const { report } = await open(true);
    const changing = report.change({ name: 'Grace' });
    expect(report.report.name).toBe('Grace');
    await expect(changing).rejects.toThrow('the disk is full');
    expect(report.report.name).toBe('Ada');
  });
  it('follows what another window changes', async () => {
    const { scripted, report } = await open();
    scripted.tell('report.changed', { ...report.report, name: 'Grace' });
    expect(report.report.name).toBe('Grace');
  });
});
