import fc from 'fast-check'

/**
 * One seed for every property, so that a commit passes or fails, not a run. `FUZZ_SEED=7 npx vitest run` starts
 * elsewhere; a failure prints its seed either way.
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['FUZZ_SEED'] ?? 20) })
