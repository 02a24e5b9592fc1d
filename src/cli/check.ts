/** `chainrule check`: the derived gradients, and the code that is made of them, against independent ones. */
import { type AnalyseOptions, type Analysed, type Mathematics, analyse } from '../compile.ts'
import { type ClaimJudgement, type Verdict, judgeClaims } from '../claims.ts'
import type { Source } from '../base/span.ts'
import { extentText } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import { depthsOf } from '../depths.ts'
import { type GeneralJudgement, judgeEveryDepth, openOf } from '../every-depth.ts'
import type { Derived } from '../graph/network.ts'
import {
  type Dims,
  EvaluationError,
  type GradientCheck,
  type GradientPoint,
  type Nested,
  type Point,
  type Refutation,
  TOLERANCE,
  WELL,
  checkGradients,
  checkOutputs,
  gradientPoints,
  magnitude,
  nested,
  passes,
  roundingOf,
  sizesText,
} from '../interpret/index.ts'
import { type Made, type Maker, makerOf } from '../modules.ts'
import type { ProofCase, ProofSteps } from '../proofs.ts'
import { operations } from '../schedule/operations.ts'
import type { Induction } from '../simplify/induction.ts'
import { specialise, withSharedExponentials } from '../simplify/index.ts'
import { rootsOf } from '../stages.ts'
import { print, sayDiagnostics } from './console.ts'
import { inColor } from './streams.ts'
import { type CostReport, costOf, costText } from './cost/index.ts'
import { type CodeCheck, checkCode } from './emitted.ts'
import { type HuntReport, huntAround, huntText } from './hunt.ts'
import { type Lengths, type LengthsCheck, checkLengths, wholeOf } from './lengths.ts'
import { DONE, FAILED, problems } from './problem.ts'
import { readSource } from './read.ts'
import { resolveFile } from './imports.ts'

export interface CheckOptions {
  readonly seeds: number
  /** Whether the network is also measured as it grows: some seconds. */
  readonly cost?: boolean
  readonly dim?: ReadonlyMap<string, number>
  /** How many times the usual effort the hunt at the edges takes. */
  readonly hunt?: number
  /** Whether proofs for every length are printed. */
  readonly steps?: boolean
  readonly json?: boolean
}

/** What the whole check goes by. */
interface Asked {
  readonly cost: boolean
  readonly steps: boolean
  readonly dims: ReadonlyMap<string, number> | undefined
  readonly json: boolean
}

/** What `check --json` prints. */
export interface CheckReport {
  readonly file: string
  /** The lengths that open dims were given, each once; none where no dim is open. */
  readonly sizes: readonly Readonly<Record<string, number>>[]
  readonly gradients: readonly {
    /** Of several losses: whose gradient it is. */
    readonly loss?: string
    readonly name: string
    readonly verdict: GradientVerdict
    readonly maxRelativeError: number
  }[]
  readonly claims: readonly ClaimReport[]
  /** What was found at the edges of the inputs; null where there is no code, or no point to begin at. */
  readonly hunt: HuntReport | null
  /** With `--cost`; null where there is nothing to measure. Times are in seconds. */
  readonly cost?: MeasuredCost | null
}

export type MeasuredCost = Omit<CostReport, 'own' | 'assumed'> & {
  /** Null where the code was not optimised in time. */
  readonly own: CostReport['own'] | null
  readonly assumed: Readonly<Record<string, number>>
}

/** `undecided`: at every point rounding decides a comparison. */
export type GradientVerdict = 'right' | 'wrong' | 'undecided'

const verdictOf = (c: GradientCheck, good: boolean): GradientVerdict =>
  !good ? 'wrong' : c.undecided === c.checked ? 'undecided' : 'right'

/** The lengths of open dims at these points, each assignment once. */
const sizesOf = (points: readonly Point[]): Dims[] => [
  ...new Map(points.filter(({ dims }) => dims.size > 0).map(({ dims }) => [sizesText(dims), dims])).values(),
]

export interface ClaimReport {
  readonly claim: string
  readonly verdict: Verdict
  readonly derived: string
  readonly claimedOperations: number
  readonly derivedOperations: number
  /** At how many random points it was tried (and at many more around breakpoints), and with which lengths of open dims. */
  readonly points: number
  readonly sizes: readonly Readonly<Record<string, number>>[]
  /** Of a claim that is refuted: where the sides differ; null stands for a side without a value. */
  readonly counterexample?: {
    readonly dims: Readonly<Record<string, number>>
    readonly values: Readonly<Record<string, Nested<number>>>
    readonly entry: string
    readonly left: number | null
    readonly right: number | null
  }
  /** With `--steps`, of a claim that is proved for every length. */
  readonly proof?: ProofSteps
}

/** What `code` may differ from the evaluator by: both are doubles, in another order. */
const CODE_TOLERANCE = TOLERANCE.rounding

/** One parameter's row. */
interface Row {
  readonly check: GradientCheck
  readonly code: number | undefined
  readonly shape: string
  readonly good: boolean
}

export const check = (path: string, options: CheckOptions): Promise<number> =>
  checkSource(readSource(path), options)

/** Of several losses: which one is judged, whether it is the first, which is judged with all that is the program's own, and who gets the report. */
interface Judging {
  readonly loss: string
  readonly isFirst: boolean
  readonly report: (report: CheckReport) => void
}

async function checkSource(source: Source, options: CheckOptions, judging?: Judging): Promise<number> {
  const { seeds, cost = false, dim: dims, hunt: effort = 1, steps = false, json = false } = options
  const analysed = analyse(source.text, {
    filename: source.filename,
    resolve: resolveFile,
    loss: judging?.loss,
    dims,
    recurrences: true,
  })
  const { graph, mathematics, recurrent, diagnostics } = analysed
  const asked = { cost, steps, dims, json }
  if (isWithoutFormulas(analysed)) {
    const made = await builtOpen(source, dims)
    // Claims are judged by formulas.
    const claims = made && made.network.claims.length + made.network.general.length
    if (claims === 0) return checkOpen(source, analysed, made, asked)
  }
  if (!judging) sayDiagnostics(diagnostics, source, { json })
  if (recurrent) {
    const at = claimless(analysed) ? depthsOf(recurrent).at(-1) : undefined
    if (!at) return checkOpen(source, analysed, await builtOpen(source, dims), asked)
    if (!json) print(`${source.filename}: of any length, and looked at for ${depthsText(at)}`)
    return checkSource(source, {
      seeds,
      cost,
      dim: new Map([...(dims ?? []), ...at]),
      hunt: effort,
      steps,
      json,
    })
  }
  if (!mathematics) return FAILED
  const { losses = [] } = mathematics.written.network
  if (losses.length > 1)
    return checkEach(
      source,
      options,
      losses.map(({ loss }) => loss.name),
    )
  const written = wholeOf(graph, mathematics)
  const again = { filename: source.filename, resolve: resolveFile, dims }
  const isWhole = judging?.isFirst !== false
  const known = isWhole
    ? await judgeClaims(
        graph,
        mathematics,
        (small) => analyse(source.text, { ...again, dims: new Map([...(dims ?? []), ...small]) }).mathematics,
      )
    : []
  const open = isWhole ? openOf(analysed) : undefined
  const claims = [...known, ...(open ? await judgeEveryDepth(source.text, again, open) : [])]
  const make = makerOf(source.text, source.filename, 'f64', { analysed, dims }, resolveFile, judging?.loss)
  const found = await judged(make, written, mathematics.simplified, seeds, dims)
  const { code, points, without } = found
  const trained = new Set([...written.gradients.keys()].map(({ name }) => name))
  const checks = isWhole ? found.checks : found.checks.filter(({ name }) => trained.has(name))
  // Without values there are still claims, which the rules may prove.
  if (without !== undefined && claims.length === 0) throw problems.unchecked(source.filename, without)
  const rows = checks.map((c) => rowOf(c, code, written))
  const rounding = Math.max(0, ...points.map((p) => roundingOf(p.amplification)))
  const isLossFine = code === undefined || isFine(code.loss, rounding)
  const [base] = points
  const hunted = base && code && (await huntAround(source, make, written, base, dims, effort))
  const costs = isWhole
    ? await measured(source, { cost, steps, dims, json }, judging ? undefined : make)
    : undefined
  const report = { ...reportOf(source, rows, points, claims, hunted, steps), ...jsonOf(costs, cost) }
  const title = judging ? `${source.filename}: ${judging.loss}` : source.filename
  if (judging) judging.report(report)
  else if (json) print(JSON.stringify(report))
  if (!json)
    print(
      [
        without === undefined
          ? table(title, rows, isLossFine ? undefined : code!.loss, code !== undefined, written, points)
          : `${title}: gradients are not checked: ${without}.`,
        ...(hunted ? huntText(source.filename, hunted) : []),
        ...operationsText(graph, mathematics),
        ...(costs ? costText(costs) : []),
        ...claimTexts(source, claims, steps),
      ].join('\n'),
    )
  const refuted = claims.some(({ verdict }) => verdict === 'refuted')
  return rows.every((row) => row.good) && isLossFine && !refuted ? DONE : FAILED
}

/** Each of several losses by itself, and the claims once. */
async function checkEach(source: Source, options: CheckOptions, losses: readonly string[]): Promise<number> {
  const reports: CheckReport[] = []
  let status = DONE
  for (const [i, loss] of losses.entries()) {
    const found = await checkSource(source, options, {
      loss,
      isFirst: i === 0,
      report: (own) => void reports.push(ofLoss(own, loss)),
    })
    if (found !== DONE) status = found
  }
  const [first] = reports
  const hunts = reports.flatMap(({ hunt }) => hunt ?? [])
  if (options.json && first)
    print(
      JSON.stringify({
        ...first,
        gradients: reports.flatMap(({ gradients }) => gradients),
        hunt:
          hunts.length === 0
            ? null
            : {
                points: hunts.reduce((sum, { points }) => sum + points, 0),
                findings: hunts.flatMap(({ findings }) => findings),
              },
      }),
    )
  return status
}

/** A report in which gradients and findings say whose they are. */
const ofLoss = (report: CheckReport, loss: string): CheckReport => ({
  ...report,
  gradients: report.gradients.map((g) => ({ ...g, loss })),
  hunt: report.hunt && {
    ...report.hunt,
    findings: report.hunt.findings.map((f) => (f.kind === 'loss' ? { ...f, output: loss } : f)),
  },
})

/** What it takes, for people always, for programs where they ask. */
const measured = async (
  { text, filename }: Source,
  { cost, dims, json }: Asked,
  make?: Maker,
): Promise<CostReport | undefined> =>
  json && !cost ? undefined : await costOf(text, filename, { grown: cost, dims, ...(make && { make }) })

const jsonOf = (costs: CostReport | undefined, asked: boolean): Pick<CheckReport, 'cost'> =>
  asked
    ? {
        cost: costs ? { ...costs, own: costs.own ?? null, assumed: Object.fromEntries(costs.assumed) } : null,
      }
    : {}

/** A network of open lengths: its formulas for a general index, and the module, against what is written out at some lengths. */
async function checkOpen(
  source: Source,
  analysed: Analysed,
  made: Made | undefined,
  asked: Asked,
): Promise<number> {
  const { cost, steps, dims, json } = asked
  const options = { filename: source.filename, resolve: resolveFile, dims }
  const open = openOf(analysed)
  const claims = open ? await judgeEveryDepth(source.text, options, open) : []
  const found = await judgedAt(source, options, analysed, made)
  // Without values there are still claims, which the rules may prove.
  if ('without' in found && claims.length === 0) throw problems.unchecked(source.filename, found.without)
  const checks = 'without' in found ? NOTHING : found
  const gradients = [...checks.gradients].map(([name, errors]) => {
    const maxRelativeError = Math.max(errors.formulas ?? 0, errors.code ?? 0)
    const verdict = maxRelativeError <= CODE_TOLERANCE ? ('right' as const) : ('wrong' as const)
    return { name, verdict, maxRelativeError }
  })
  const isLossFine = checks.loss <= CODE_TOLERANCE
  const costs = await measured(source, asked)
  const report: CheckReport = {
    file: source.filename,
    sizes: (checks.code.length > 0 ? checks.code : checks.formulas).map((at) => Object.fromEntries(at)),
    gradients,
    claims: claimReports(source, claims, steps),
    hunt: null,
    ...jsonOf(costs, cost),
  }
  if (json) print(JSON.stringify(report))
  else
    print(
      [
        ...('without' in found
          ? [`${source.filename}: gradients are not checked: ${found.without}.`]
          : openText(source.filename, analysed, made !== undefined, checks)),
        ...(isLossFine ? [] : ['', `The loss that the code returns is off by ${shown(checks.loss)}.`]),
        ...(costs ? costText(costs) : []),
        ...claimTexts(source, claims, steps),
      ].join('\n'),
    )
  const isChecked = 'without' in found || checks.formulas.length + checks.code.length > 0
  const refuted = claims.some(({ verdict }) => verdict === 'refuted')
  const right = isLossFine && gradients.every(({ verdict }) => verdict === 'right')
  return isChecked && !refuted && right ? DONE : FAILED
}

const NOTHING: LengthsCheck = { formulas: [], code: [], gradients: new Map(), loss: 0 }

function openText(file: string, analysed: Analysed, isBuilt: boolean, checks: LengthsCheck): string[] {
  const at = (list: readonly Lengths[]): string => list.map(depthsText).join('; ')
  const cells = [
    ['', 'formulas', 'code', ''],
    ...[...checks.gradients].map(([name, { formulas, code }]) => [
      name,
      shown(formulas),
      shown(code),
      [formulas, code].every((e) => e === undefined || e <= CODE_TOLERANCE) ? 'ok' : 'WRONG',
    ]),
  ]
  const widths = cells[0]!.map((_, column) => magnitude(cells.map((row) => [...row[column]!].length)))
  const reason = analysed.diagnostics.find(({ code }) => code === 'no-recurrence')?.message
  return [
    `${file}: of any length, against the network with all members written out`,
    ...(checks.formulas.length > 0
      ? [`The formulas for a general index, expanded at ${at(checks.formulas)}.`]
      : []),
    ...(checks.code.length > 0
      ? [`The module that \`build\` makes, built once and run at ${at(checks.code)}.`]
      : []),
    ...(analysed.recurrent ? [] : [`Formulas are not judged. ${reason}`]),
    ...(isBuilt ? [] : ['Code is not judged: there is none for open lengths.']),
    '',
    ...cells.map((row) =>
      painted(
        row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd(),
      ),
    ),
  ]
}

/** Both at several lengths; what has no values cannot be checked. */
async function judgedAt(
  source: Source,
  options: AnalyseOptions,
  analysed: Analysed,
  made: Made | undefined,
): Promise<LengthsCheck | { readonly without: string }> {
  try {
    return await checkLengths(source.text, options, analysed, made)
  } catch (error) {
    if (error instanceof EvaluationError) return { without: error.message }
    throw error
  }
}

/** Whether all that is wrong with a program is that it has no formulas for a general index. */
const isWithoutFormulas = ({ diagnostics }: Analysed): boolean => {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  return errors.length > 0 && errors.every(({ code }) => code === 'no-recurrence')
}

/** The module of a program of open lengths. */
const builtOpen = (
  { text, filename }: Source,
  dims: ReadonlyMap<string, number> = new Map(),
): Promise<Made | undefined> => makerOf(text, filename, 'f64', undefined, resolveFile)(dims)

/** Whether a program of open length has neither a loss, whose gradients are compared, nor claims. */
const claimless = (analysed: Analysed): boolean =>
  analysed.recurrent?.network.loss === undefined && openOf(analysed) === undefined

const depthsText = (depths: ReadonlyMap<string, number>): string =>
  [...depths].map(([name, n]) => `${name} = ${n}`).join(', ')

async function judged(
  make: Maker,
  written: Derived,
  simplified: Derived,
  seeds: number,
  dims: ReadonlyMap<string, number> | undefined,
): Promise<Judged> {
  try {
    const points = await gradientPoints(written, { seeds })
    return {
      points,
      checks: [
        ...(await checkGradients(written, { points })),
        ...(await checkOutputs(written, simplified, points)),
      ],
      code: await checkCode(make, written, points, dims),
    }
  } catch (error) {
    if (error instanceof EvaluationError)
      return { points: [], checks: [], code: undefined, without: error.message }
    throw error
  }
}

interface Judged {
  readonly points: readonly GradientPoint[]
  readonly checks: readonly GradientCheck[]
  readonly code: CodeCheck | undefined
  /** Why nothing of it could be judged. */
  readonly without?: string
}

/** Whether the code is as near as doubles can be: data that move by a last digit move it further than `rounding`. */
const isFine = (error: number, rounding: number): boolean => error <= Math.max(CODE_TOLERANCE, rounding)

function rowOf(check: GradientCheck, code: CodeCheck | undefined, { gradients, network }: Derived): Row {
  const error = code?.gradients.get(check.name) ?? code?.outputs.get(check.name)
  const { shape } =
    [...gradients.keys()].find(({ name }) => name === check.name) ??
    network.outputs.find(({ name }) => name === check.name)!.node
  return {
    check,
    code: error,
    shape: shape.length === 0 ? 'scalar' : shape.map(extentText).join(' × '),
    good: passes(check) && (error === undefined || isFine(error, roundingOf(check.amplification))),
  }
}

const reportOf = (
  source: Source,
  rows: readonly Row[],
  points: readonly GradientPoint[],
  claims: readonly ClaimJudgement[],
  hunted: HuntReport | undefined,
  steps: boolean,
): CheckReport => ({
  hunt: hunted ?? null,
  file: source.filename,
  sizes: sizesOf(points).map((dims) => Object.fromEntries(dims)),
  gradients: rows.map(({ check, code = 0, good }) => ({
    name: check.name,
    verdict: verdictOf(check, good),
    maxRelativeError: Number.isNaN(code) ? code : Math.max(check.maxRelativeError, code),
  })),
  claims: claimReports(source, claims, steps),
})

/** A claim; where it is one for every length, with the proof. */
type Judgement = ClaimJudgement & Partial<GeneralJudgement>

const claimReports = (source: Source, claims: readonly Judgement[], steps: boolean): ClaimReport[] =>
  claims.map(({ span, at, verdict, derived, claimedOperations, derivedOperations, ...c }) => ({
    claim: source.slice(span),
    ...(at === undefined ? {} : { at }),
    verdict,
    derived,
    claimedOperations,
    derivedOperations,
    points: c.equality.points,
    sizes: c.equality.sizes.map((dims) => Object.fromEntries(dims)),
    ...(c.counterexample ? { counterexample: counterexampleOf(c.counterexample) } : {}),
    ...(steps && c.induction ? { proof: c.proof!()! } : {}),
  }))

const counterexampleOf = ({
  point,
  entry,
  left,
  right,
}: Refutation): NonNullable<ClaimReport['counterexample']> => ({
  dims: Object.fromEntries(point.dims),
  values: Object.fromEntries([...point.values].map(([name, value]) => [name, nested(value)])),
  entry,
  left: Number.isNaN(left) ? null : left,
  right: Number.isNaN(right) ? null : right,
})

// ---- For people

const HEAD = ['', 'shape', 'entries', 'formula', 'doubles', 'differences', 'code', '']
const LEGEND = [
  'Largest errors, relative to the largest entry:',
  '  formula      the derived formula in 50 digits, against forward mode in 50 digits: this decides',
  '  doubles      the same formula in doubles, against forward mode',
  '  differences  the same formula in doubles, against central differences where these can tell (good to about 1e-7)',
  '  code         what `build` emits, run, against the formula',
]

/** @param lossError of the code, where it is too large */
function table(
  file: string,
  rows: readonly Row[],
  lossError: number | undefined,
  isRun: boolean,
  { network }: Derived,
  points: readonly GradientPoint[],
): string {
  const lengths = sizesOf(points).map(sizesText)
  const lines = [
    `${file}: ${network.name}, ${network.loss ? `∂${network.loss.name} by each parameter` : 'the derivatives in its outputs'} at ${points.length} random ${points.length === 1 ? 'point' : 'points'}`,
    ...(lengths.length > 0 ? [`Open dims were given: ${lengths.join('; ')}.`] : []),
    '',
  ]
  if (rows.length === 0)
    return [
      ...lines,
      network.loss
        ? 'There is no parameter, so there is nothing to check.'
        : 'No output is made of derivatives, so there is nothing to check.',
    ].join('\n')
  const cells = [[network.loss ? 'parameter' : 'output', ...HEAD.slice(1)], ...rows.map(cellsOf)]
  const widths = HEAD.map((_, column) => magnitude(cells.map((row) => [...row[column]!].length)))
  lines.push(
    ...cells
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd(),
      )
      .map(painted),
    '',
    ...LEGEND,
  )
  if (!isRun)
    lines.push('', 'The code was not run: it is too large for the slow evaluator, or cannot be emitted.')
  else if (lossError !== undefined)
    lines.push('', `The loss that the code returns is off by ${shown(lossError)}.`)
  const worst = magnitude(points.map((p) => p.amplification))
  if (worst > WELL)
    lines.push(
      '',
      `At no point that was tried are values well conditioned: errors of the data grow ${worst.toExponential(0)} times on the way, so doubles lose ${Math.ceil(Math.log10(worst))} digits.`,
    )
  for (const { check, good } of rows) if (!good) lines.push('', worstOf(check))
  return lines.join('\n')
}

function cellsOf({ check, code, shape, good }: Row): string[] {
  const kinks = check.kinks > 0 ? ` (${check.kinks} at a kink)` : ''
  const unsure = check.unsure > 0 ? ` (${check.unsure} cannot tell)` : ''
  return [
    check.name,
    shape,
    `${check.checked} of ${check.entries}`,
    shown(check.formulaError),
    shown(check.maxRelativeError),
    shown(check.differencesError) + kinks + unsure,
    shown(code),
    { right: 'ok', wrong: 'WRONG', undecided: 'undecided' }[verdictOf(check, good)],
  ]
}

const shown = (error: number | undefined): string =>
  error === undefined ? '–' : error === 0 ? '0' : error.toExponential(1)

const worstOf = ({ name, worst }: GradientCheck): string =>
  `∂/∂${name}${worst.entry} at seed ${worst.seed} is ${worst.derived}, expected ${worst.expected}.`

const painted = (line: string): string =>
  inColor('output')
    ? line.replace(/ok$/, '\u001b[32mok\u001b[0m').replace(/WRONG$/, '\u001b[31mWRONG\u001b[0m')
    : line

function verdictText({
  verdict,
  equality: { points, sizes },
  untried,
  induction,
  lengths: all = [],
}: Judgement): string {
  const lengths = sizes.length > 0 ? `, with ${sizes.map(sizesText).join('; ')}` : ''
  switch (verdict) {
    case 'proved':
      return `proved: equal by the rules${induction ? lengthsText(induction, all) : ''}`
    case 'holds':
      return `holds: equal in high precision at ${points} random points and wherever it was tried around them${lengths}, but not proved`
    case 'refuted':
      return 'REFUTED'
    case 'unknown':
      return `unknown: ${untried ?? 'no sizes and data were found at which both sides have values and are well conditioned; sizes can be given with --dim'}`
  }
}

/** For all lengths, and how. */
const lengthsText = ({ way }: Induction, lengths: readonly string[]): string =>
  `, for every ${lengths.join(' and ')}${way ? ', by induction' : ''}`

function claimTexts(source: Source, claims: readonly Judgement[], steps: boolean): string[] {
  return claims.flatMap((c) => [
    '',
    `claim ${source.slice(c.span)}${c.at === undefined ? '' : `  (${c.at})`}`,
    `  ${verdictText(c)}`,
    `  derived: ${c.derived}`,
    `  operations: ${c.claimedOperations} claimed, ${c.derivedOperations} derived`,
    ...(c.counterexample ? counterexampleText(c.counterexample) : []),
    ...(steps && c.induction ? proofText(c.proof!()!) : []),
  ])
}

function proofText({ cases, dims, from }: ProofSteps): string[] {
  const kinds = { base: 'base, ', step: 'step, ', case: '' }
  const told = ({ kind, at, left, right, given, terms }: ProofCase, indent: string): string[] => [
    `${indent}${kinds[kind]}${at ?? 'both sides'}:`,
    ...given.map((e) => `${indent}  given ${e.left} = ${e.right}`),
    `${indent}  left:  ${left}`,
    `${indent}  right: ${right}`,
    ...(terms.length > 0
      ? [`${indent}  term by term, at ${terms.map((t) => t.at ?? 'each').join('; ')}`]
      : []),
  ]
  const short = from > 1 ? [`  lengths below ${dims.join(', ')} = ${from}: each proved by itself`] : []
  return ['  proof:', ...cases.flatMap((c) => told(c, '    ')), ...short]
}

function counterexampleText({ point, entry, left, right }: Refutation): string[] {
  const dims = point.dims.size > 0 ? [sizesText(point.dims)] : []
  const values = [...point.values].map(([name, { shape, data }]) => `${name} = ${nestedText(shape, data)}`)
  const said = (x: number): string => (Number.isNaN(x) ? 'has no value' : `is ${x}`)
  return [
    `  at ${[...dims, ...values].join(', ')}`,
    `  the left side${entry === '' ? '' : ` at ${entry}`} ${said(left)}, the right side ${said(right)}`,
  ]
}

/** [[1, 2], [3, 4]], to six digits. */
function nestedText(shape: readonly number[], data: readonly number[]): string {
  if (shape.length === 0) return String(Number(data[0]!.toPrecision(6)))
  const [n, ...rest] = shape as [number, ...number[]]
  const size = data.length / n
  const parts = Array.from({ length: n }, (_, i) => nestedText(rest, data.slice(i * size, (i + 1) * size)))
  return `[${parts.join(', ')}]`
}

/** What one evaluation takes, as formulas and as it is run. */
function operationsText(graph: Graph, { simplified }: Mathematics): string[] {
  if (!simplified.network.loss) return []
  const [loss, ...others] = rootsOf(simplified)
  const roots = [loss!, ...others.slice(0, simplified.gradients.size)]
  const [formulas, run] = [withSharedExponentials(graph, roots), specialise(graph, roots, [loss!])].map(
    (nodes) => operations(nodes),
  )
  if (formulas === undefined || run === undefined) return []
  const times = operations([loss!])!
  return [
    '',
    `Operations on numbers for the loss and all gradients: ${formulas}; ${run} as they are run, without loss of digits.`,
    ...(times > 0 ? [`The loss alone takes ${times}.`] : []),
  ]
}
