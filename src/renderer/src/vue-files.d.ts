// For tools that don't read .vue files: vue-tsc knows their real types.
declare module '*.vue' {
  import type { DefineComponent } from 'vue';

  const component: DefineComponent;
  export default component;
}
