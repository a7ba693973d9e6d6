import { createRouter, createWebHashHistory, type Router, type RouterHistory } from 'vue-router';
import { rememberPlace } from './frame/place.ts';
import ComparePage from './pages/ComparePage.vue';
import GuidePage from './pages/GuidePage.vue';
import ReportPage from './pages/ReportPage.vue';
import PlaygroundPage from './pages/PlaygroundPage.vue';
import RunPage from './pages/RunPage.vue';
import RunsPage from './pages/RunsPage.vue';
import SamplePage from './pages/SamplePage.vue';
import SettingsPage from './pages/SettingsPage.vue';

/** Pages by their address. Behind a hash, since the window loads its page from a file. */
export function openRouter(history: RouterHistory = createWebHashHistory()): Router {
  const router = createRouter({
    history,
    routes: [
      // never shown: it leads on to the page that was open last
      { path: '/', component: { render: () => null }, meta: { title: '' } },
      { path: '/guide/:part?', name: 'guide', component: GuidePage, props: true, meta: { title: 'Guide' } },
      { path: '/runs', name: 'runs', component: RunsPage, meta: { title: 'Runs' } },
      { path: '/runs/:id', name: 'run', component: RunPage, props: true, meta: { title: 'Run' } },
      { path: '/compare', name: 'compare', component: ComparePage, meta: { title: 'Compare' } },
      { path: '/sample', name: 'sample', component: SamplePage, meta: { title: 'Sample' } },
      { path: '/report', name: 'report', component: ReportPage, meta: { title: 'Report' } },
      { path: '/playground', name: 'playground', component: PlaygroundPage, meta: { title: 'Playground' } },
      { path: '/settings', name: 'settings', component: SettingsPage, meta: { title: 'Settings' } },
      { path: '/:elsewhere(.*)', redirect: '/guide' },
    ],
  });
  rememberPlace(router);
  return router;
}
