import fc from 'fast-check'
import { SEED } from './campaign.ts'

/** One seed for every property, so that a commit passes or fails, not a run; a failure prints how to repeat it. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED ?? 20 })
