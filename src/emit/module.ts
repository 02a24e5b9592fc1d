/**
 * The frame of a generated module: everything but the kernels. Trees first, text last; what comes of the program's text
 * (names, docs, the file's name) reaches the output only through the functions of text.ts that quote.
 */
import type { Diagnostics } from '../base/diagnostics.ts'
import { PROJECT, VERSION } from '../base/version.ts'
import { takesParams } from '../graph/network.ts'
import type { Symbol } from '../graph/node.ts'
import { hasState } from '../schedule/optimizers.ts'
import { type Program, calledOf, takesInputs } from '../schedule/program.ts'
import { bug } from '../base/bug.ts'
import { checkData, checkParams } from './checks.ts'
import { batchExtent, fieldOf, fieldsOf, gradientFields, openDims } from './fields.ts'
import { helpers } from './helpers.ts'
import { initialFunctions } from './initial.ts'
import { type ArrayName, interfaces, picked } from './interface.ts'
import type { Frame, Kernel } from './kernel.ts'
import { type Formulas, literalType, metadata } from './metadata.ts'
import { MODULE_NAMES, Names } from './names.ts'
import { modelStart } from './onnx/proto.ts'
import { originsOf } from './origins.ts'
import { numbers } from './parts.ts'
import { Reads } from './places.ts'
import { Refusals } from './refusals.ts'
import { product, tangentFields, vectorsOf } from './products.ts'
import { type RoutineFrame, routine } from './routines.ts'
import { checkGrads } from './sharing.ts'
import { type Solution, lengthsOf, together } from './solve.ts'
import type { Origin } from './source-map.ts'
import { inComment, printStatements, printed, silent } from './text.ts'
import { stateFunctions, stateTypes } from './state.ts'
import {
  type FunctionDeclaration,
  type Statement,
  call,
  constant,
  construct,
  member,
  name,
  num,
} from './tree.ts'

export interface ModuleOptions {
  readonly target: 'ts' | 'js'
  /** Of the source; only its last part is shown. */
  readonly filename?: string | undefined
  /** LaTeX for `network.formulas`. */
  readonly formulas?: Formulas | undefined
  /** The closed form of a gradient, as lines for the comment above its code. */
  readonly comment?: ((param: Symbol, routine: string) => readonly string[]) | undefined
}

/** A module in the emitter's own layout; `types` are the declarations beside JavaScript, `header` what stands beside C. */
export interface Emitted {
  readonly code: string
  readonly types?: string
  readonly header?: string
  /** Where the lines of the code come from. */
  readonly origins?: readonly Origin[]
  /** Whether threads share something of it. */
  readonly sharing?: boolean
}

/**
 * The module of a program; undefined where it cannot be emitted, which is reported. The kernels come from outside,
 * so that the frame can be tested without them.
 */
export function emitModule(
  program: Program,
  kernelOf: (program: Program, frame: Frame) => Kernel,
  diagnostics: Diagnostics,
  options: ModuleOptions,
): Emitted | undefined {
  const { network, optimizer } = program
  const array: ArrayName = program.precision === 'f32' ? 'Float32Array' : 'Float64Array'
  const fields = fieldsOf(network, program.batch ?? batchExtent(network.batch))
  const data = [...fields.inputs, ...fields.targets]
  const lengths = lengthsOf(fields)
  const { told } = lengths
  const solutionOf = (which: string): Solution => together(lengths, takesInputs(which) ? 'inputs' : 'data')
  const refuse = new Refusals(network, diagnostics)
  refuse.abstract()
  refuse.unsolved(openDims(fields.params), lengths.params, 'params')
  refuse.unsolved(openDims(fields.inputs), solutionOf('forward'), 'inputs')
  refuse.unsolved(openDims(data), solutionOf('loss'), 'data')
  refuse.unsolved(openDims(fields.outputs), solutionOf('forward'), 'inputs')
  if (refuse.refused) return undefined

  const products = program.routines.flatMap(({ product: which }) => which ?? [])
  const vectors = program.routines.map((r) => vectorsOf(r, network, fields))
  const grads = network.loss && gradientFields(network, fields)
  const called = program.routines.map(calledOf)
  const names = new Names(network, [
    ...called.filter((id) => !MODULE_NAMES.includes(id)),
    ...(grads ? ['Gradients'] : []),
    ...(products.length > 0 ? ['Tangents'] : []),
    ...vectors.flat().map(({ object }) => object),
  ])
  const reads = new Reads(names, fields, grads ?? fields.params, vectors.flat())
  const origin = originsOf(network)
  const kernel = kernelOf(program, {
    names,
    place: reads.place,
    extent: reads.extent,
    comment: options.comment ?? (() => []),
    origin,
    printed: (declaration) => ({ kind: 'printed', ...printed([declaration], options.target) }),
  })
  // Where all depends on targets there is nothing to predict, whatever the kernel asked for.
  const idle = (which: string): boolean => which === 'forward' && fields.outputs.length === 0
  for (const [which, dims] of [...reads.dims].filter(([which]) => !idle(which)))
    refuse.unsolved(dims, solutionOf(which), takesInputs(which) ? 'inputs' : 'data')
  if (refuse.refused) return undefined

  const presets = new Map(
    network.hypers
      .filter(({ symbol, values }) => values && symbol.shape.length > 0)
      .map(({ symbol }) => [symbol.name, names.fresh(`$default_${names.value(symbol.name)}`)]),
  )
  const several = network.losses ?? []
  const routines = program.routines.map((r) => {
    const which = calledOf(r)
    const own = r.suffix === undefined ? undefined : several.find(({ suffix }) => suffix === r.suffix)
    const frame: RoutineFrame = {
      called: which,
      exported: r.inner !== true,
      grads: own ? gradientFields({ ...network, wrt: own.wrt, losses: [] }, fields) : grads,
      gradsType: picked(
        grads ? 'Gradients' : 'Params',
        (own?.wrt ?? []).map(({ name }) => fieldOf(name).field),
        grads ?? fields.params,
      ),
      vectors: vectorsOf(r, network, fields),
      network,
      fields,
      names,
      array,
      solution: solutionOf(which),
      first: lengths.first,
      told: told[lengths.first === 'data' ? 'params' : takesInputs(which) ? 'inputs' : 'data'],
      body: idle(which) ? [] : (kernel.bodies.get(which) ?? bug(`no body for ${which}`)),
      origin:
        which === 'forward' && network.outputs[0] ? origin(network.outputs[0].name) : network.loss?.span,
      dims: (idle(which) ? undefined : reads.dims.get(which)) ?? new Set(),
      presets,
      optimizer,
      hypers: (idle(which) ? undefined : reads.hypers.get(which)) ?? new Set(),
    }
    return r.product ? product(r.product, frame) : routine(r.name, frame)
  })
  const takes = takesParams(network)
  const meta = metadata(network, fields, options.formulas, hasState(optimizer) ? optimizer.name : undefined)
  const own = [
    ...(takes ? initialFunctions(fields.params, array, names, kernel.adopt, grads) : []),
    ...stateFunctions(optimizer, fields.params, told.params, names),
    ...routines,
  ]
  const checks = [
    ...(takes
      ? [
          checkParams(
            fields.params,
            lengths.params,
            told.params,
            names,
            array,
            hasState(optimizer) || products.length > 0 ? prefixed : undefined,
          ),
        ]
      : []),
    checkData('inputs', fields.inputs, lengths.inputs, told.inputs, names, array),
    ...(network.loss
      ? [
          checkData('data', data, lengths.data, told.data, names, array),
          ...(grads ? [] : [checkGrads(fields.params, told.params, names)]),
        ]
      : []),
  ]
  const statements: readonly Statement[] = [
    ...interfaces(network, fields, array, {
      grads,
      tangents: products.some((p) => p !== 'hvp') ? tangentFields(fields) : undefined,
    }),
    ...stateTypes(optimizer),
    ...own.filter((f) => f.exported),
    meta,
    ...checks,
    ...used(helpers(array), [...checks, ...own]),
    ...own.filter((f) => !f.exported),
    ...network.hypers.flatMap(({ symbol, values = [] }) => {
      const id = presets.get(symbol.name)
      return id === undefined ? [] : [constant(id, construct(array, numbers(values)))]
    }),
    ...kernel.declarations,
  ]
  return { ...print(statements, options), sharing: kernel.sharing ?? false }
}

/** `state.m.` → `state.m` */
const prefixed = call(member(name('$prefix'), 'slice'), num(0), num(-1))

/** Text: TypeScript in one, or JavaScript and its declarations. */
function print(statements: readonly Statement[], { target, filename }: ModuleOptions): Emitted {
  const head = header(filename)
  const shown =
    target === 'ts' ? statements : statements.filter((s) => s.kind !== 'interface' && s.kind !== 'type')
  const { text, origins: found } = printed(apart(shown), target)
  const code = `${head}\n${text}\n`
  const above = head.split('\n').length
  const origins = found.map(({ line, span }): Origin => ({ line: line + above, span }))
  if (target === 'ts') return { code, origins }
  const declared = statements.flatMap((s): Statement[] => {
    if (s.kind === 'declare')
      return s.exported ? [{ ...s, type: s.value ? literalType(s.value) : s.type }] : []
    return 'exported' in s && s.exported ? [s] : []
  })
  return { code, origins, types: `${head}\n${printStatements(apart(declared), 'dts')}\n` }
}

/** The first line of everything that is generated: no date and no path, so that equal programs give equal bytes. */
export function header(filename: string | undefined): string {
  const base = silent(inComment(filename?.split(/[\\/]/).at(-1) ?? '')).trim()
  return `// Generated by ${PROJECT} ${VERSION}${base === '' ? '' : ` from ${base}`}: what is edited here is lost.\n/* eslint-disable */`
}

/** Whether a text is one that this compiler, of any version, has written: only such a file may be replaced. */
export function isGenerated(text: string): boolean {
  const start = text.startsWith('\ufeff') ? 1 : 0
  if (text.startsWith(modelStart(PROJECT))) return true
  return ['//', '/*', '#'].some((sign) => text.startsWith(`${sign} Generated by ${PROJECT} `, start))
}

/** What a generated text says of the file that it comes from: its name as headers write it, which may not be the name itself. */
export function sourceIn(text: string): string | undefined {
  const [, name] =
    /^\ufeff?(?:\/\/|\/\*|#) Generated by \S+ \S+ from (.*): what is edited here is lost/.exec(text) ?? []
  return name
}

/** Statements of the module's level, an empty line before each. */
function apart(statements: readonly Statement[]): Statement[] {
  return statements.flatMap((s): Statement[] => [{ kind: 'blank' }, s])
}

/** Those functions that others call, directly or not. */
function used(
  available: readonly FunctionDeclaration[],
  users: readonly FunctionDeclaration[],
): FunctionDeclaration[] {
  const byName = new Map(available.map((f) => [f.name, f]))
  const kept = new Set<FunctionDeclaration>()
  // Trees may share parts: each is looked at once.
  const seen = new Set<unknown>()
  const work: unknown[] = [...users]
  while (work.length > 0) {
    const part = work.pop()
    if (typeof part !== 'object' || part === null || seen.has(part)) continue
    seen.add(part)
    if ('kind' in part && part.kind === 'name' && 'name' in part) {
      const helper = byName.get(String(part.name))
      if (helper && !kept.has(helper)) {
        kept.add(helper)
        work.push(helper)
      }
    } else
      for (const key in part) {
        const inner = (part as Record<string, unknown>)[key]
        if (typeof inner === 'object') work.push(inner)
      }
  }
  return available.filter((f) => kept.has(f))
}
