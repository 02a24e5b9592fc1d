/** The module of WebAssembly of a program: its routines, what they call, and what stands in memory at the start. */
import { bug } from '../../base/bug.ts'
import type { CodeFunction, LibraryFunction, Register } from '../../code/code.ts'
import type { Lanes } from '../../code/lanes.ts'
import { lowerRoutine } from '../../code/lower.ts'
import { type Program, calledOf } from '../../schedule/program.ts'
import { type LibraryCall, effectsOf } from '../../code/effects.ts'
import { elementary } from '../../code/elementary.ts'
import { MatrixFunctions } from '../matrix-code.ts'
import { type Encoded, type Signature, VALUE, encode } from './binary.ts'
import { encodeFunction } from './functions.ts'
import { type Control, threadFunctions } from './threads.ts'
import type { Plan } from './plan.ts'

/** 128 bits: four singles or two doubles. Two vectors side by side make four rows' worth of sums: eight registers of sixteen. */
const LANES: Lanes = { wide: { f32: 8, f64: 4 }, sums: { f32: 4, f64: 2 }, rows: 4, tileFrom: 512 }

/** The function that other threads run; no routine is called so. */
export const WORK = 'work'

export interface EncodedProgram extends Encoded {
  /** What every routine is handed, in this order. */
  readonly parameters: readonly Register[]
  /** Where threads tell one another what there is to do; undefined where there is nothing that they would share. */
  readonly control: Control | undefined
}

/** @param lengths the registers of open lengths */
export function encodeProgram(
  program: Program,
  plan: Plan,
  lengths: ReadonlyMap<string, Register>,
  rate: Register,
): EncodedProgram {
  const matrices = new MatrixFunctions()
  const parts: CodeFunction[] = []
  const routines = program.routines.map((routine) =>
    lowerRoutine(routine, {
      precision: program.precision,
      lanes: LANES,
      threads: program.threads,
      place: (buffer) => plan.place(buffer),
      base: (memory) => plan.base(memory),
      dim: (name) => lengths.get(name) ?? bug(`no length is called ${name}`),
      rate,
      matrix: (op, size, types) => {
        const { callee, room } = matrices.of(op, types)
        return { callee, extra: room ? [plan.room(room(size))] : [] }
      },
      part: (f) => void parts.push(f),
      comment: () => [],
    }),
  )
  const parameters = [
    plan.params,
    plan.grads,
    ...plan.moments.values(),
    rate,
    ...lengths.values(),
    ...plan.open.map((o) => o.register),
  ]
  const own = [...routines, ...parts]
  const helpers = helpersOf(own, matrices.functions)
  const calls = [...own, ...helpers].flatMap((f) => effectsOf(f).calls)
  const codeOf = ({ name, type, lanes }: LibraryCall): CodeFunction | undefined =>
    elementary(name, type, lanes > 1 ? LANES.sums[type] : 1)
  const elementaries = new Set(calls.flatMap((c) => codeOf(c) ?? []))
  const functions = [...own, ...helpers, ...helpersOf([], [...elementaries])]
  const imported: LibraryFunction[] = [...new Set(calls.flatMap((c) => (codeOf(c) ? [] : [c.name])))].sort()
  const index = new Map(functions.map((f, i) => [f, imported.length + i]))
  const jobs = parts.filter((f) => f.shared)
  const control =
    jobs.length === 0
      ? undefined
      : plan.control(parameters.length + Math.max(...jobs.map((f) => f.parameters.length)))
  const threads =
    control &&
    threadFunctions(jobs, parameters, control, imported.length + functions.length, (f) => index.get(f)!)
  const numbers = {
    function: (f: CodeFunction): number => index.get(f) ?? bug(`no function ${f.name}`),
    library: (name: LibraryFunction): number => imported.indexOf(name),
    own: (call: LibraryCall): number | undefined => {
      const f = codeOf(call)
      return f && index.get(f)
    },
    shared: (f: CodeFunction) => ({ fork: threads!.fork, job: jobs.indexOf(f), control: control! }),
    backward: (suffix = '') =>
      index.get(routines[program.routines.findIndex((r) => calledOf(r) === `backward${suffix}`)]!)!,
  }
  const encoded = encode({
    imports: imported.map((name) => ({ module: 'm', name, signature: librarySignature(name) })),
    functions: [
      ...functions.map((f) => {
        const isOwn = own.includes(f)
        return encodeFunction(f, isOwn ? parameters : [], isOwn, numbers)
      }),
      ...(threads?.functions ?? []),
    ],
    exports: [
      ...program.routines.map((r, i) => ({ name: calledOf(r), index: imported.length + i })),
      ...(threads ? [{ name: WORK, index: threads.work }] : []),
    ],
    data: plan.data,
    shared: program.threads !== undefined,
  })
  return { ...encoded, parameters, control }
}

const librarySignature = (name: LibraryFunction): Signature => ({
  parameters: name === 'pow' || name === 'atan2' ? [VALUE.f64, VALUE.f64] : [VALUE.f64],
  results: [VALUE.f64],
})

/** The functions that these call, and those that they call. */
function helpersOf(own: readonly CodeFunction[], matrices: readonly CodeFunction[]): CodeFunction[] {
  const found = new Set(matrices)
  const stack = [...own, ...matrices]
  for (let f = stack.pop(); f; f = stack.pop())
    for (const callee of effectsOf(f).callees)
      if (callee.partOf === undefined && !found.has(callee)) {
        found.add(callee)
        stack.push(callee)
      }
  return [...found]
}
