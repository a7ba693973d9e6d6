// @vitest-environment happy-dom
import { mount, RouterLinkStub } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { guideParts } from './parts.ts';
import PartSteps from './PartSteps.vue';

/** Where the links of a part lead. */
const linksOf = (part: (typeof guideParts)[number]): unknown[] =>
  mount(PartSteps, { props: { part }, global: { stubs: { RouterLink: RouterLinkStub } } })
    .findAllComponents(RouterLinkStub)
    .map((link) => [link.text(), link.props('to')]);
const to = (part: string) => ({ name: 'guide', params: { part } });

it('leads from part to part, and from the last one to the report', () => {
  expect(linksOf(guideParts[0]!)).toEqual([['1.2 Train a denoiser', to('1.2')]]);
  expect(linksOf(guideParts[1]!)).toEqual([
    ['1.1 The UNet', to('1.1')],
    ['Noise lab', to('noise-lab')],
  ]);
  expect(linksOf(guideParts.at(-1)!)).toEqual([
    ['Rectified flow', to('flow')],
    ['Hand in: the report', { name: 'report' }],
  ]);
});
