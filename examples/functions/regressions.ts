/** NIST's nonlinear regressions: each model's residuals and Jacobian come from its program, the fit from forty lines beside. */
import { leastSquares, type Residuals } from './levenberg-marquardt.ts'
import * as chwirut from './nist/chwirut.net'
import * as danwood from './nist/danwood.net'
import { datasets } from './nist/datasets.ts'
import * as eckerle4 from './nist/eckerle4.net'
import * as lanczos from './nist/lanczos.net'
import * as mgh09 from './nist/mgh09.net'
import * as mgh10 from './nist/mgh10.net'
import * as mgh17 from './nist/mgh17.net'
import * as misra1a from './nist/misra1a.net'
import * as misra1b from './nist/misra1b.net'
import * as misra1c from './nist/misra1c.net'
import * as misra1d from './nist/misra1d.net'
import * as rat42 from './nist/rat42.net'
import * as rat43 from './nist/rat43.net'
import * as roszman1 from './nist/roszman1.net'
import * as thurber from './nist/thurber.net'

interface Model {
  forward(params: { b: Float64Array }, data: { x: Float64Array; y: Float64Array }): Residuals
}
const models: Readonly<Record<string, Model>> = {
  ...{ chwirut, danwood, eckerle4, lanczos, mgh09, mgh10, mgh17 },
  ...{ misra1a, misra1b, misra1c, misra1d, rat42, rat43, roszman1, thurber },
}

/** In how many digits the worst of the parameters is the certified one; eleven are certified. */
const digits = (found: Float64Array, certified: readonly number[]): number =>
  Math.min(...certified.map((c, i) => Math.min(11, -Math.log10(Math.abs(found[i]! / c - 1)))))

for (const [name, { model, starts, certified, x, y }] of Object.entries(datasets)) {
  const data = { x: Float64Array.from(x), y: Float64Array.from(y) }
  const { forward } = models[model]!
  const [far, near] = starts.map((start) =>
    digits(
      leastSquares((b) => forward({ b }, data), start),
      certified,
    ),
  )
  const said = (right: number): string => (right < 4 ? 'elsewhere' : `${right.toFixed(1)} digits`)
  console.log(`${name.padEnd(9)} from near ${said(near!)}, from far ${said(far!)}`)
}
