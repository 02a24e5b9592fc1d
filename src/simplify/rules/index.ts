import type { Rule } from '../rule.ts'
import { algebra } from './algebra.ts'
import { assumptions } from './assumptions.ts'
import { branches } from './branches.ts'
import { cancellation } from './cancelling.ts'
import { conditions } from './conditions.ts'
import { exponentials } from './exponentials.ts'
import { factoring } from './factoring.ts'
import { hyperbolic } from './hyperbolic.ts'
import { matrixRules } from './matrices.ts'
import { names } from './names.ts'
import { piecewise } from './piecewise.ts'
import { powers } from './powers.ts'
import { sigmoids } from './sigmoids.ts'
import { sinesAndRoots } from './sines.ts'

/** Every rule of the simplifier. For a node the first that applies is taken, so cheap and certain ones stand first. */
export const rules: readonly Rule[] = [
  ...assumptions,
  ...piecewise,
  ...branches,
  ...conditions,
  ...cancellation,
  ...exponentials,
  ...sigmoids,
  ...hyperbolic,
  ...matrixRules,
  ...names,
  ...algebra,
  ...powers,
  ...sinesAndRoots,
  ...factoring,
]
