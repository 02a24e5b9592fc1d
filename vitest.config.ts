import { configDefaults, defineConfig } from 'vitest/config'

/** Only what waits for something that never comes ends by the clock: no test fails because a machine is slow. */
const HOUR = 3_600_000

/** `--mode long` (`npm run test:long`) adds `test/long`, and random tests make more runs: `test/support/campaign.ts`. */
export default defineConfig(({ mode }) => ({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(mode === 'long' ? [] : ['test/long/**'])],
    setupFiles: ['test/support/seed.ts'],
    testTimeout: HOUR,
    hookTimeout: HOUR,
    // Both cores of the machine that checks: by default one would stay idle.
    maxWorkers: '100%',
  },
}))
