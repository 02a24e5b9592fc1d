import type { Rule } from '../rule.ts'
import { algebra, assumptions, cancellation, identitiesOfRoots } from './algebra.ts'
import { conditions } from './conditions.ts'
import { exponentials } from './exponentials.ts'
import { factoring } from './factoring.ts'
import { matrixRules } from './matrices.ts'
import { names } from './names.ts'
import { piecewise } from './piecewise.ts'

/** Every rule of the simplifier. For a node the first that applies is taken, so cheap and certain ones stand first. */
export const rules: readonly Rule[] = [
  ...assumptions,
  ...piecewise,
  ...conditions,
  ...cancellation,
  ...exponentials,
  ...matrixRules,
  ...names,
  ...algebra,
  ...identitiesOfRoots,
  ...factoring,
]
