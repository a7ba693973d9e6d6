import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';

/**
 * Which rooms of the house a room may enter. Arrows point one way only: whoever needs more
 * belongs in another room. Tests beside the code follow the same rule.
 */
const mayEnter = {
  contract: [],
  engine: ['engine'],
  figures: ['contract'],
  library: ['contract', 'engine'],
  trainer: ['contract', 'engine', 'library', 'installer'],
  installer: ['contract', 'engine', 'library'],
  studio: ['contract', 'engine', 'library', 'trainer', 'installer', 'figures'],
  host: ['contract', 'studio'],
  main: ['contract', 'library', 'studio', 'host'],
  preload: ['contract'],
  cli: ['contract', 'engine', 'library', 'trainer', 'installer', 'studio', 'figures', 'host'],
  renderer: ['contract'],
};
const rooms = Object.keys(mayEnter);

const walls = rooms.map((room) => {
  const forbidden = rooms.filter((other) => other !== room && !mayEnter[room].includes(other));
  return {
    files: [`src/${room}/**/*.{ts,vue}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...forbidden.map((other) => ({
              regex: `^(#${other}/|(\\.\\./)+${other}/)`,
              message: `src/${room} may not import from src/${other}: see "The house" in CONTRIBUTING.md.`,
            })),
            ...(room === 'main' || room === 'preload'
              ? []
              : [{ regex: '^electron($|/)', message: 'Only src/main and src/preload know Electron.' }]),
            ...(room === 'renderer' || room === 'contract'
              ? [{ regex: '^(node:|onnxruntime-node)', message: `src/${room} runs in a browser.` }]
              : []),
          ],
        },
      ],
    },
  };
});

export default tseslint.config(
  { ignores: ['out/', 'dist/', 'node_modules/', 'e2e/standin/', 'test-results/', 'playwright-report/', 'coverage/'] },
  {
    files: ['**/*.ts', '**/*.vue'],
    extends: [...tseslint.configs.strictTypeChecked, ...vue.configs['flat/recommended']],
    languageOptions: {
      parserOptions: {
        parser: tseslint.parser,
        extraFileExtensions: ['.vue'],
        project: ['./tsconfig.node.json', './tsconfig.web.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // numbers are what most of our strings are made of
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // indices into typed arrays are proved by loops, which the compiler can't see
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'vue/multi-word-component-names': 'off',
      // the types say which props may be left out
      'vue/require-default-prop': 'off',
    },
  },
  ...walls,
  prettier,
);
