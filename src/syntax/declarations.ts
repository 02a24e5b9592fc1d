/** `input`, `target` and `param` as written → as meant: which bracket is an index, which comma continues a list. */
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import type { RawData, RawDatum, RawInstances } from './build.ts'
import type {
  DataDeclaration,
  DataStatement,
  Expression,
  IndexRange,
  InstanceDeclaration,
  InstanceStatement,
} from './tree.ts'

/** The words that may follow a colon. `lower` says what they mean; here they tell an assumption from a declaration. */
const ASSUMPTIONS: readonly string[] = [
  'onehot',
  'simplex',
  'binary',
  'positive',
  'nonnegative',
  'symmetric',
  'shared',
  'index',
  'count',
]

interface Understood {
  readonly statement: DataStatement
  /** Names whose declarations make no sense: these are reported, and not in the statement. */
  readonly leftOut: readonly string[]
}

/** The statement with its families understood. */
export function dataStatement(raw: RawData, diagnostics: Diagnostics): Understood {
  const joined = joinAssumptions(raw.declarations)
  const declarations: DataDeclaration[] = []
  const leftOut: string[] = []
  // A range serves the declarations before it too: `param W[l][n[l], n[l-1]], b[l][n[l]] for l in 1..L`.
  let ranges: readonly IndexRange[] = []
  for (const datum of joined.reverse()) {
    if (datum.ranges.length > 0) ranges = datum.ranges
    const declaration = understand(datum, ranges, diagnostics)
    if (declaration) declarations.push(declaration)
    else leftOut.push(datum.name.text)
  }
  return { statement: { kind: raw.of, declarations: declarations.reverse(), span: raw.span }, leftOut }
}

/** The instances of a statement, each with the ranges of its indices; what makes no sense is reported and left out. */
export function instanceStatement(
  { declarations, span }: RawInstances,
  diagnostics: Diagnostics,
): { readonly statement: InstanceStatement; readonly leftOut: readonly string[] } {
  const made: InstanceDeclaration[] = []
  const leftOut: string[] = []
  let ranges: readonly IndexRange[] = []
  for (const { indices, family, ...rest } of [...declarations].reverse()) {
    if (family.length > 0) ranges = family
    const { name } = rest
    const index = ranges.map((range) => range.name.text).join(', ')
    const found = indices.map(({ text }) => text).join(', ')
    const fits = indices.length === 0 ? family.length === 0 : ranges.length > 0 && found === index
    if (fits) {
      made.push({ ...rest, family: indices.length === 0 ? [] : ranges })
      continue
    }
    leftOut.push(name.text)
    if (ranges.length === 0)
      report(diagnostics, 'instances-without-range', name.span, { name: name.text, index: found })
    else
      report(diagnostics, 'family-index', indices[0]?.span ?? name.span, {
        name: name.text,
        index,
        found: indices.length === 0 ? undefined : found,
      })
  }
  return { statement: { kind: 'instance', declarations: made.reverse(), span }, leftOut }
}

/** `B[N, N] : symmetric, positive` is one declaration: after a colon the known words go on with the list. */
function joinAssumptions(data: readonly RawDatum[]): RawDatum[] {
  const joined: RawDatum[] = []
  for (const datum of data) {
    const before = joined.at(-1)
    const bare = datum.brackets.length === 0 && datum.initialiser === undefined
    const known = ASSUMPTIONS.includes(datum.name.text)
    const open =
      before &&
      before.assumptions.length > 0 &&
      before.ranges.length === 0 &&
      before.initialiser === undefined
    if (open && bare && known) {
      joined[joined.length - 1] = {
        ...before,
        assumptions: [...before.assumptions, datum.name, ...datum.assumptions],
        ranges: datum.ranges,
        span: { start: before.span.start, end: datum.span.end },
      }
    } else joined.push(datum)
  }
  return joined
}

function understand(
  datum: RawDatum,
  ranges: readonly IndexRange[],
  diagnostics: Diagnostics,
): DataDeclaration | undefined {
  const { name, assumptions, initialiser, span, brackets } = datum
  if (name.argument) {
    report(diagnostics, 'stray-assumption', name.span, { name: name.text })
    return undefined
  }
  const [first, second, ...rest] = brackets
  const own = datum.ranges.length > 0
  const declaration = (family: readonly IndexRange[], shape: readonly Expression[]): DataDeclaration => ({
    name,
    family,
    shape,
    ...(initialiser ? { initialiser } : {}),
    assumptions,
    span,
  })
  if (rest.length > 0) {
    report(diagnostics, 'too-many-brackets', span, { name: name.text })
    return undefined
  }
  const index = ranges.map((range) => range.name.text).join(', ')
  if (first === undefined) {
    if (!own) return declaration([], [])
    report(diagnostics, 'family-index', name.span, { name: name.text, index })
    return undefined
  }
  const fits = ranges.length > 0 && namesOf(first) === index
  if (fits) return declaration(ranges, second ?? [])
  if (!own && second === undefined) return declaration([], first)
  if (ranges.length === 0) report(diagnostics, 'family-without-range', span, { name: name.text })
  else {
    const at = first[0]!.span
    report(diagnostics, 'family-index', at, {
      name: name.text,
      index,
      found: first.map(entryText).join(', '),
    })
  }
  return undefined
}

/** An entry of a bracket, as far as a sentence needs it. */
const entryText = (entry: Expression): string =>
  entry.kind === 'name' ? entry.name : entry.kind === 'number' ? entry.text : '…'

/** `t, l` of a bracket that holds names only. */
function namesOf(bracket: readonly Expression[]): string | undefined {
  const names = bracket.map((entry) => (entry.kind === 'name' ? entry.name : undefined))
  return names.includes(undefined) ? undefined : names.join(', ')
}
