import { expect, it } from 'vitest'
import { pointFor } from '../../src/interpret/index.ts'
import { stagesOf } from '../support/pipeline.ts'

it('a point has a value for every name that is declared, used or not', () => {
  const { simple: derived } = stagesOf(
    'dim T\ninput x, unused[T]\nparam w, q[2]\nhyper mu = 0.5\nloss J = (w * x)^2',
  )
  expect([...pointFor(derived, 1).values.keys()].sort()).toEqual(['mu', 'q', 'unused', 'w', 'x'])
})
