import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    testTimeout: 120_000,
    // Both cores of the machine that checks: by default one would stay idle.
    maxWorkers: '100%',
  },
})
