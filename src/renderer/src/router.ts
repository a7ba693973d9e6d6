import { createRouter, createWebHashHistory, type Router } from 'vue-router';
import ComparePage from './pages/ComparePage.vue';
import GuidePage from './pages/GuidePage.vue';
import RunPage from './pages/RunPage.vue';
import RunsPage from './pages/RunsPage.vue';
import SamplePage from './pages/SamplePage.vue';
import SettingsPage from './pages/SettingsPage.vue';

/** Pages by their address. Behind a hash, since the window loads its page from a file. */
export const openRouter = (): Router =>
  createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', redirect: { name: 'guide' } },
      { path: '/guide', name: 'guide', component: GuidePage, meta: { title: 'Train a denoiser' } },
      { path: '/runs', name: 'runs', component: RunsPage, meta: { title: 'Runs' } },
      { path: '/runs/:id', name: 'run', component: RunPage, props: true, meta: { title: 'Run' } },
      { path: '/compare', name: 'compare', component: ComparePage, meta: { title: 'Compare' } },
      { path: '/sample', name: 'sample', component: SamplePage, meta: { title: 'Sample' } },
      { path: '/settings', name: 'settings', component: SettingsPage, meta: { title: 'Settings' } },
      { path: '/:elsewhere(.*)', redirect: { name: 'guide' } },
    ],
  });
