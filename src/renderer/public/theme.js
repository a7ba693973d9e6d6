// Sets the theme before the first paint, from the choice that the browser host writes on the page. A window of its own makes
// the system's theme the chosen one, and writes none.
(() => {
  const { dataset } = document.documentElement;
  const choice = dataset.themeChoice;
  const dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  dataset.theme = dark ? 'dark' : 'light';
})();
