/** The report's one style sheet: a column to read on a screen and on a phone, pages to print. */
export const REPORT_STYLE = `
:root { color-scheme: light; --ink: #1c2024; --second: #4c5055; --third: #63686d; --line: #e0e0dd; --accent: #046b96; --warn: #875814; --ok: #2a6b3f; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 40px 24px 64px; max-width: 860px; background: #fff; color: var(--ink); font: 16px/1.55 Inter, "Helvetica Neue", Helvetica, Arial, sans-serif; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; text-wrap: balance; }
h2 { margin: 48px 0 4px; padding-top: 20px; border-top: 1px solid var(--line); font-size: 20px; line-height: 1.3; letter-spacing: -0.01em; }
h3 { margin: 0; font-size: 16px; line-height: 1.4; }
p { margin: 8px 0 0; text-wrap: pretty; }
.by { margin-top: 8px; color: var(--second); }
.sum { margin-top: 24px; }
.small, .statement, footer { color: var(--third); font-size: 13.5px; line-height: 1.5; }
ul { margin: 8px 0 0; padding-left: 22px; }
a { color: var(--accent); }
a:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.table { margin-top: 16px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
caption { padding-bottom: 4px; text-align: left; color: var(--third); }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; text-wrap: balance; }
th { color: var(--third); font-weight: 500; }
td:nth-child(3) { white-space: nowrap; }
figure { margin: 28px 0 0; }
figcaption > * + * { margin-top: 4px; }
.state { font-size: 13.5px; font-weight: 600; }
.state.done { color: var(--ok); }
.state.preview { color: var(--warn); }
.picture { margin-bottom: 10px; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.picture img { display: block; width: 100%; height: auto; margin: 0 auto; }
.picture img.moves { width: auto; max-width: 100%; padding: 16px; image-rendering: pixelated; }
.still { display: none !important; }
.empty { margin-bottom: 10px; padding: 28px 20px; border: 1px dashed #a5a49f; border-radius: 6px; color: var(--second); text-align: center; }
footer { margin-top: 56px; padding-top: 16px; border-top: 1px solid var(--line); }
@media (max-width: 600px) {
  body { padding: 24px 16px 48px; }
  h1 { font-size: 25px; }
  table { min-width: 860px; }
  .picture.wide { overflow-x: auto; }
  .picture.wide img { width: 620px; max-width: none; }
}
@media (prefers-reduced-motion: reduce) {
  .moves { display: none !important; }
  .still { display: block !important; }
}
@media print {
  table { min-width: 0; }
  @page { size: A4; margin: 18mm 16mm; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h1 { font-size: 20pt; }
  h2 { margin-top: 24pt; font-size: 14pt; break-after: avoid; }
  figure { break-inside: avoid; margin-top: 14pt; }
  tr { break-inside: avoid; }
  .picture.wide { overflow: hidden; }
  .picture.wide img { width: 100%; max-width: 100%; }
  /* two figures a page */
  .picture img { max-height: 84mm; object-fit: contain; }
  .moves { display: none !important; }
  .still { display: block !important; }
  .small, .statement, footer, table, .state { font-size: 8.5pt; }
  a { color: inherit; text-decoration: none; }
}
`;
