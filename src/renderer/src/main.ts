import './jitless.ts';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles/app.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { SOCKET_PATH } from '#contract/socket.ts';
import App from './App.vue';
import { openStudio } from './client.ts';
import { openRouter } from './router.ts';
import { useConnection } from './stores/connection.ts';
import { openWebSocketLink } from './websocket-link.ts';

const app = createApp(App).use(createPinia());
const bridge = window.studio;
if (bridge !== undefined) openStudio(bridge);
else {
  const link = openWebSocketLink(`ws://${location.host}${SOCKET_PATH}`);
  openStudio(link);
  const connection = useConnection();
  connection.retry = () => link.retry();
  link.watch((state) => (connection.state = state));
}
// the first page may be one that the studio's settings name
app.use(openRouter()).mount('#app');
