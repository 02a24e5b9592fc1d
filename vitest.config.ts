import { configDefaults, defineConfig } from 'vitest/config'

/** Only what waits for something that never comes ends by the clock: no test fails because a machine is slow. */
const HOUR = 3_600_000

/** Tests that replace modules, run the built command, or count work (`test/support/work.ts`): in processes of their own. */
const APART = [
  'test/{package,cli/{built,streams,watch,write}}.test.ts',
  'test/**/{huge,killed,limits,one-record,long,spelling,turns}.test.ts',
]

/** Graphs live longer than V8 expects: with more room for what is new, a tenth less of the time goes into moving it. */
const ROOM = ['--min-semi-space-size=32', '--max-semi-space-size=64']

/** `--mode long` (`npm run test:long`) adds `test/long`, and random tests make more runs: `test/support/campaign.ts`. */
export default defineConfig(({ mode }) => {
  const exclude = [...configDefaults.exclude, ...(mode === 'long' ? [] : ['test/long/**'])]
  return {
    test: {
      setupFiles: ['test/support/seed.ts'],
      testTimeout: HOUR,
      hookTimeout: HOUR,
      // Both cores of the machine that checks: by default one would stay idle.
      maxWorkers: '100%',
      execArgv: ROOM,
      projects: [
        {
          extends: true,
          test: { name: 'apart', include: APART, exclude, env: { CAMPAIGN: mode, APART: 'yes' } },
        },
        // Libraries such as mathjs take a second to load: once for each process, and not for each file.
        {
          extends: true,
          test: {
            name: 'together',
            include: ['test/**/*.test.ts'],
            exclude: [...exclude, ...APART],
            isolate: false,
            // The mode of a project is not that of the command.
            env: { CAMPAIGN: mode },
            execArgv: [...ROOM, '--import', './test/support/typescript.mjs'],
            server: { deps: { external: [/\/src\/.*\.ts$/] } },
          },
        },
      ],
    },
  }
})
