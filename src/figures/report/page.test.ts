import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deliverables } from '#contract/deliverables.ts';
import { presetRecipe, type Part } from '#contract/preset.ts';
import { reportPage, type ReportContent, type ReportedRun } from './page.ts';

function runOf(part: Part, more: Partial<ReportedRun> = {}, width = presetRecipe(part, 'assigned').width): ReportedRun {
  const recipe = { ...presetRecipe(part, 'assigned'), width };
  const epochs = Array.from({ length: recipe.epochs }, (_, i) => i + 1);
  return {
    id: part,
    name: `The ${part}`,
    recipe,
    progress: { epoch: recipe.epochs, step: 1000, seconds: 1, epochLosses: epochs.map((e) => 0.1 / e) },
    sampledEpochs: part === 'denoiser' ? epochs : [],
    gridEpochs: part === 'denoiser' ? [] : epochs,
    resolved: { device: 'onnx-cpu', precision: 'float32', threads: 2, engine: 'ONNX Runtime 1.30.0', processor: 'Some, 2 cores' },
    ...more,
  };
}
const png = { type: 'image/png' as const, bytes: Uint8Array.of(1, 2, 3), width: 30, height: 20 };
const gif = { type: 'image/gif' as const, bytes: Uint8Array.of(4, 5, 6), width: 10, height: 20 };
function pageOf(runs: ReportedRun[], more: Partial<ReportContent> = {}, caption = ''): string {
  const entries = deliverables(runs).map((deliverable) => ({
    deliverable,
    caption,
    ...(deliverable.state === 'open' ? {} : deliverable.format === 'gif' ? { picture: gif, still: png } : { picture: png }),
  }));
  return reportPage({ name: 'Ada', date: new Date(2026, 10, 25, 12), version: '1.2.3', entries, ...more });
}
/** What a reader reads, one line an element. */
const words = (html: string): string => html.replace(/<style>.*<\/style>/s, '').replaceAll(/<[^>]*>/g, '\n');
const parts: Part[] = ['denoiser', 'time', 'class', 'flow'];

describe('the report', () => {
  it('counts what was made as assigned, and names previews with what they lack, and what is missing', () => {
    const text = words(pageOf([runOf('denoiser', {}, 16), runOf('time')]));
    expect(text).toContain('3 of 9 required figures were made at the settings of the assignment. 1 more is added.');
    expect(text).toMatch(/Previews, which do not count:[\s\S]*Figure 5: Test digits after epoch 1\s+: D = 16, not 128/);
    const missing = text.slice(text.indexOf('Missing:'), text.indexOf('The runs behind'));
    expect(missing).toContain('Figure 11: Training loss, class model');
    expect(missing).toContain('Samples after epochs 5 and 20, class model');
    expect(missing).not.toContain('time model');
    expect(missing).not.toContain('flow');
  });
  it('misses nothing when all is there', () => {
    const text = words(pageOf(parts.map((part) => runOf(part))));
    expect(text).toContain('9 of 9 required figures');
    expect(text).toContain('4 more are added.');
    expect(text).not.toMatch(/Missing|Preview/);
  });
  it('says of every figure of a run its width, epochs, data, precision and device', () => {
    const text = words(pageOf([runOf('class')]));
    expect(text.match(/D = 64, 20 epochs, 60,000 digits, float32, onnx-cpu; run “The class”\./g)).toHaveLength(3);
    expect(text).toMatch(
      /The class\s+Diffusion, class\s+D = 64\s+20\s+60,000\s+float32\s+onnx-cpu \(ONNX Runtime 1\.30\.0; Some, 2/,
    );
  });
  it('asks for nothing: every address in it is data or its own, and its policy allows no other', () => {
    const html = pageOf(parts.map((part) => runOf(part)));
    const addresses = [...html.matchAll(/(?:src|href|srcset|action)="([^"]*)"/g)].map((m) => m[1]!);
    expect(addresses.length).toBeGreaterThan(13);
    for (const address of addresses) expect(address).toMatch(/^(data:|#)/);
    const css = /<style>(.*)<\/style>/s.exec(html)![1]!;
    expect(css).not.toMatch(/url\(|@import/);
    expect(html).toContain(`style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'`);
    expect(html).toContain("default-src 'none'; img-src data:;");
    expect(html).not.toContain('<script');
  });
  it('leads every link to a place in it, and gives no place twice', () => {
    const html = pageOf([]);
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((m) => m[1]!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  });
  it('takes names and captions as text', () => {
    const run = runOf('denoiser', { name: '<img src=x onerror=alert(1)>' });
    const html = pageOf([run], { name: '"><script>1</script>' }, 'a < b & "c"\nline\n\nsecond');
    expect(html).not.toContain('<script>');
    expect(html).not.toContain('<img src=x');
    expect(html).toContain('<p>a &lt; b &amp; &quot;c&quot;<br>line</p>\n<p>second</p>');
  });
  it('has a still in place of what moves, for paper', () => {
    const html = pageOf([runOf('class')]);
    expect(html).toContain('<img class="moves" src="data:image/gif;base64,BAUG" width="10" height="20"');
    expect(html).toContain('<img class="still" src="data:image/png;base64,AQID" width="30" height="20"');
    expect(html.match(/class="still"/g)).toHaveLength(1);
  });
});
