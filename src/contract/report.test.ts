import { describe, expect, it } from 'vitest';
import { patchedReport, reportPatchSchema, reportSchema } from './report.ts';

const report = reportSchema.parse({ name: 'Ada', captions: { 'time-loss': 'It falls.' }, runs: { 'time-loss': 'a-run' } });

describe('a change of the report', () => {
  it('leaves what it does not name', () => {
    expect(patchedReport(report, {})).toEqual(report);
    expect(patchedReport(report, { captions: { noising: 'Grey.' } })).toEqual({
      ...report,
      captions: { 'time-loss': 'It falls.', noising: 'Grey.' },
    });
  });
  it('takes away empty captions and runs that are null', () => {
    expect(patchedReport(report, { captions: { 'time-loss': ' \n' }, runs: { 'time-loss': null } })).toEqual({
      name: 'Ada',
      captions: {},
      runs: {},
    });
    expect(patchedReport(report, { name: '' }).name).toBe('');
  });
  it('is refused where it names what no deliverable nor run can be called', () => {
    expect(reportPatchSchema.safeParse({ captions: { __proto__x: 'x' } }).success).toBe(false);
    expect(reportPatchSchema.safeParse({ runs: { noising: '../x' } }).success).toBe(false);
    expect(reportPatchSchema.safeParse({ captions: { noising: 'x'.repeat(4001) } }).success).toBe(false);
  });
});
