import type { Case } from './measure.mjs'

export const cases: readonly Case[]
