import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [vue()],
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'],
    // two cores: more workers only fight for them
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
