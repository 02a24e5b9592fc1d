/**
 * A program as C99: one source and one header. There is no allocation and no state: parameters stand in a struct, data are the
 * caller's arrays, and so is the memory to work in.
 */
import { bug } from '../../base/bug.ts'
import type { Diagnostics } from '../../base/diagnostics.ts'
import { type Rational, toNumber } from '../../base/rational.ts'
import { PROJECT, VERSION } from '../../base/version.ts'
import {
  type CodeFunction,
  type Memory,
  type MemoryStorage,
  type Register,
  isMemory,
} from '../../code/code.ts'
import { elementary } from '../../code/elementary.ts'
import { effectsOf } from '../../code/effects.ts'
import type { Lanes } from '../../code/lanes.ts'
import { type Surroundings, lowerRoutine } from '../../code/lower.ts'
import { takesParams } from '../../graph/network.ts'
import type { Symbol } from '../../graph/node.ts'
import { type Program, type Routine, calledOf } from '../../schedule/program.ts'
import { batchExtent, fieldsOf } from '../fields.ts'
import { openLengths } from '../lengths.ts'
import { MatrixFunctions } from '../matrix-code.ts'
import type { Emitted } from '../module.ts'
import { Refusals } from '../refusals.ts'
import { Calls, aboutFunctions } from './calls.ts'
import { checkCode } from './check.ts'
import { header } from './header.ts'
import { initPrototype, initialCode, initialState } from './init.ts'
import { MemoryLayout } from '../memory-layout.ts'
import { CNames, inComment, prefixOf } from './names.ts'
import { FunctionPrinter, type Scope, TYPE, numberText } from './print.ts'
import { Vectors } from './vectors.ts'
import { WorkMemory } from './work.ts'

export interface COptions {
  /** Of the source; only its last part is shown. The header is included by that name with `.h`. */
  readonly filename: string
  /** The closed form of a gradient, as lines for the comment above its code. */
  readonly comment?: ((param: Symbol, routine: string) => readonly string[]) | undefined
  /** How many numbers loops take at once; tests take few, so that short loops have vectors too. */
  readonly lanes?: Lanes
}

/** The widest vectors that machines have: 512 bits. One with narrower ones takes the same loops in several steps. */
const LANES: Lanes = { wide: { f32: 16, f64: 8 }, sums: { f32: 16, f64: 8 }, rows: 8, tileFrom: 512 }

/** The order in which a function looks for its arrays. */
const ORDER: readonly MemoryStorage[] = [
  'param',
  'input',
  'target',
  'hyper',
  'output',
  'gradient',
  'state',
  'scratch',
  'table',
]

export const layoutOf = (program: Program, names: CNames): MemoryLayout => {
  const { network, batch } = program
  return new MemoryLayout(program, fieldsOf(network, batch ?? batchExtent(network.batch)), names)
}

/** The two files of a program; undefined where it cannot be emitted, which is reported. */
export function emitC(
  program: Program,
  diagnostics: Diagnostics,
  options: COptions,
): Required<Pick<Emitted, 'code' | 'header'>> | undefined {
  const { network } = program
  const refuse = new Refusals(network, diagnostics)
  refuse.abstract()
  return refuse.refused ? undefined : new CWriter(program, options).write()
}

class CWriter {
  readonly #program: Program
  readonly #options: COptions
  readonly #prefix: string
  readonly #top = new CNames()
  readonly #lengths: ReadonlyMap<string, { readonly register: Register; readonly field: string }>
  readonly #layout: MemoryLayout
  readonly #work: WorkMemory
  readonly #calls: Calls
  readonly #matrices = new MatrixFunctions()
  readonly #names = new Map<CodeFunction, string>()
  /** Functions of the file in their order. */
  readonly #texts: string[] = []
  readonly #extrema = new Map<string, string>()
  readonly #rate: Register
  readonly #vectors: Vectors

  constructor(program: Program, options: COptions) {
    this.#program = program
    this.#options = options
    this.#prefix = prefixOf(program.network.name)
    this.#rate = { name: 'rate', type: program.precision, mutable: false }
    this.#vectors = new Vectors(program.precision, this.#top)
    for (const name of ['init', 'init_state', 'check_inputs', 'check_data', 'workspace', 'workspace_size'])
      this.#top.fresh(`${this.#prefix}_${name}`)
    const fields = new CNames()
    this.#lengths = new Map(
      openLengths(program.network).map((name) => [
        name,
        { register: { name, type: 'i32', mutable: false }, field: fields.fresh(name) },
      ]),
    )
    this.#layout = layoutOf(program, fields)
    this.#work = new WorkMemory(program, this.#layout.params)
    this.#calls = new Calls(program, this.#prefix, this.#layout, this.#work, this.#top)
  }

  write(): Required<Pick<Emitted, 'code' | 'header'>> {
    const { network, precision } = this.#program
    const idle = network.outputs.length === 0
    const routines = this.#program.routines.map((found) => {
      const isIdle = found.name === 'forward' && !found.product && idle
      const routine: Routine = isIdle ? { ...found, body: [] } : found
      const parts: CodeFunction[] = []
      const main = lowerRoutine(routine, this.#surroundings(parts, calledOf(routine)))
      return { routine, main, parts }
    })
    for (const f of this.#matrices.functions) this.#printHelper(f)
    for (const { main, parts } of routines) for (const f of [...parts, main]) this.#operators(f)
    for (const { routine, main, parts } of routines) {
      for (const part of parts) this.#printPart(routine, part)
      this.#texts.push(
        `${this.#calls.signature(routine)} {\n${this.#body(routine, main).lines.join('\n')}\n}`,
      )
    }
    const p = this.#prefix
    const lengths = [...this.#lengths].map(([name, { field }]) => ({ name, field }))
    const init = initialCode(this.#layout.params, precision, this.#top, lengths)
    const check = checkCode(this.#layout, lengths, p, network.loss ? ['inputs', 'data'] : ['inputs'])
    const exported = this.#program.routines.filter(({ inner }) => !inner)
    const declared = header({
      head: this.#head(),
      prefix: p,
      network,
      layout: this.#layout,
      lengths,
      work: this.#work,
      optimizer: this.#program.optimizer,
      functions: [aboutFunctions(this.#program), ...exported.map((r) => `${this.#calls.signature(r)};`)],
      checks: check.prototypes,
    })
    const file = [
      this.#head(),
      this.#include(declared),
      '#include <math.h>\n#include <string.h>',
      ...this.#tables(),
      ...this.#work.declarations(p, lengths),
      ...this.#vectors.declarations(this.#lanes.sums[precision]),
      ...this.#extremumTexts(),
      ...init.helpers,
      ...(takesParams(network)
        ? [
            `${initPrototype(p, this.#layout.params, lengths)} {\n${[...init.body, ...(init.usesSeed ? [] : ['  (void)seed;']), ...(this.#layout.params.length === 0 ? ['  (void)params;'] : [])].join('\n')}\n}`,
          ]
        : []),
      ...initialState(this.#program.optimizer, p, this.#layout.params, lengths),
      ...check.texts,
      ...this.#texts,
    ]
    return { code: `${file.join('\n\n')}\n`, header: declared }
  }

  /** A name that C cannot spell between its quotes is no name to include: the header's text stands in its place. */
  #include(declared: string): string {
    const name = `${this.#options.filename.split(/[\\/]/).at(-1)!}.h`
    return /^[^"\\?\p{C}\p{Z}]+$/u.test(name.replaceAll(' ', '_')) ? `#include "${name}"` : declared.trimEnd()
  }

  #head(): string {
    const base = inComment(this.#options.filename.split(/[\\/]/).at(-1)!).trim()
    return `/* Generated by ${PROJECT} ${VERSION}${base === '' ? '' : ` from ${base}`}: what is edited here is lost. */`
  }

  #surroundings(parts: CodeFunction[], called: string): Surroundings {
    return {
      precision: this.#program.precision,
      lanes: this.#lanes,
      place: (buffer) =>
        buffer.storage === 'scratch'
          ? { memory: this.#work.memory(buffer), offset: 0 }
          : buffer.storage === 'table'
            ? { memory: this.#table(buffer.symbol!), offset: 0 }
            : this.#layout.place(buffer),
      dim: (name) => this.#lengths.get(name)?.register ?? bug(`no length is called ${name}`),
      rate: this.#rate,
      matrix: (op, size, types) => {
        const { callee, room } = this.#matrices.of(op, types)
        return { callee, extra: room ? [this.#work.room(size, room)] : [] }
      },
      part: (f) => void parts.push(f),
      comment: ({ symbol }) => this.#options.comment?.(symbol, called) ?? [],
    }
  }

  // ——— tables of known numbers

  readonly #tableMemories = new Map<Symbol, { memory: Memory; name: string }>()

  #table(symbol: Symbol): Memory {
    let table = this.#tableMemories.get(symbol)
    if (!table) {
      const name = this.#top.fresh(`${this.#prefix}_table`)
      const memory: Memory = { storage: 'table', name, type: this.#program.precision, single: false }
      this.#tableMemories.set(symbol, (table = { memory, name }))
    }
    return table.memory
  }

  #tables(): string[] {
    const type = TYPE[this.#program.precision]
    const list = (values: readonly number[]): string => values.map((v) => real(v)).join(', ')
    return [
      ...[...this.#tableMemories].map(
        ([{ entries }, { name }]) =>
          `static const ${type} ${name}[${entries!.length}] = {${list(entries!.map(toNumber))}};`,
      ),
      ...[...this.#presets].map(
        ([values, name]) =>
          `static const ${type} ${name}[${values.length}] = {${list(values.map(toNumber))}};`,
      ),
    ]
  }

  /** Names of the arrays of defaults that are used. */
  readonly #presets = new Map<readonly Rational[], string>()
  #preset(symbol: Symbol, values: readonly Rational[]): string {
    if (symbol.shape.length === 0) return real(toNumber(values[0]!))
    let name = this.#presets.get(values)
    if (name === undefined)
      this.#presets.set(values, (name = this.#top.fresh(`${this.#prefix}_default_${symbol.name}`)))
    return name
  }

  // ——— functions

  /** The operators' functions that a function calls, each printed before it. */
  #operators(f: CodeFunction): void {
    const { callees, calls } = effectsOf(f)
    const own = calls.flatMap(({ name, type, lanes }) =>
      lanes > 1 ? (elementary(name, type, lanes) ?? []) : [],
    )
    for (const callee of [...callees, ...own])
      if (!this.#names.has(callee) && callee.partOf === undefined) this.#printHelper(callee)
  }

  get #lanes(): Lanes {
    return this.#options.lanes ?? LANES
  }

  #functionName(f: CodeFunction): string {
    let name = this.#names.get(f)
    if (name === undefined)
      this.#names.set(
        f,
        (name = this.#top.fresh(f.partOf === undefined ? f.name : `${this.#prefix}_${f.name}_part`)),
      )
    return name
  }

  #scope(names: CNames, memory: (m: Memory) => string): Scope {
    return {
      names,
      memory,
      functionName: (f) => this.#functionName(f),
      vectorType: (isTruth) => this.#vectors.type(isTruth),
      vectorFunction: (name) => this.#vectors.function(name),
      extremum: (kind, type) => this.#extremum(kind, type === 'f32' ? 'f32' : 'f64'),
      outer: (called) => this.#calls.parameters(this.#calls.routine(called)).map(({ name }) => name),
      backward: (suffix) => this.#calls.backward(suffix),
    }
  }

  #extremum(kind: 'minimum' | 'maximum', type: 'f32' | 'f64'): string {
    const key = `${kind} ${type}`
    let name = this.#extrema.get(key)
    if (name === undefined) this.#extrema.set(key, (name = this.#top.fresh(kind)))
    return name
  }

  /** NaN, in either, is let through. */
  #extremumTexts(): string[] {
    return [...this.#extrema].map(([key, name]) => {
      const [kind, type] = key.split(' ') as ['minimum' | 'maximum', 'f32' | 'f64']
      const sign = kind === 'maximum' ? '>' : '<'
      const t = TYPE[type]
      return `static inline ${t} ${name}(${t} a, ${t} b) { return (a ${sign} b) | (a != a) ? a : b; }`
    })
  }

  #printHelper(f: CodeFunction): void {
    const names = this.#top.inner()
    const own = new Map<Memory, string>()
    const printer = new FunctionPrinter(this.#scope(names, (m) => own.get(m) ?? bug(`no array ${m.name}`)))
    const { written } = effectsOf(f)
    const parameters = f.parameters.map((p) => {
      if (!isMemory(p)) return `${printer.type(p)} ${printer.bind(p)}`
      const name = names.fresh(p.name)
      own.set(p, name)
      return `${written.has(p) ? '' : 'const '}${TYPE[p.type]} *${name}`
    })
    this.#operators(f)
    printer.block(f.body, '  ')
    const lanes = Math.max(1, ...f.parameters.map((p) => (isMemory(p) ? 1 : (p.lanes ?? 1))))
    const type = f.returns ? printer.type({ type: f.returns, lanes }) : 'void'
    const doc = f.doc.length === 0 ? '' : `/* ${f.doc.map(inComment).join(' ')} */\n`
    this.#texts.push(
      `${doc}static ${type} ${this.#functionName(f)}(${parameters.join(', ')}) {\n${printer.lines.join('\n')}\n}`,
    )
  }

  #printPart(routine: Routine, f: CodeFunction): void {
    const { lines, parameters } = this.#body(routine, f)
    const all = [...this.#calls.parameters(routine).map(({ type, name }) => type + name), ...parameters]
    this.#texts.push(`static void ${this.#functionName(f)}(${all.join(', ')}) {\n${lines.join('\n')}\n}`)
  }

  /** What a routine, or a part of one, looks at: its arrays and lengths by name, then its statements. */
  #body(routine: Routine, f: CodeFunction): { lines: string[]; parameters: string[] } {
    const names = this.#top.inner()
    const object = this.#calls.dataOf(routine)
    const own = this.#calls.parameters(routine)
    // What the call hands over is called so within it.
    for (const { object: held } of this.#layout.products.get(calledOf(routine)) ?? []) names.take(held)
    const { read, written, registers, callsParts, callsBackward } = effectsOf(f)
    const places = new Map<Memory, string>()
    const scope = this.#scope(names, (m) => places.get(m) ?? bug(`no array ${m.name}`))
    const printer = new FunctionPrinter(scope)
    const parameters = f.parameters.map((p) => `ptrdiff_t ${printer.bind(p as Register)}`)
    const lines: string[] = []
    const mentioned = new Set<string>()
    if (callsParts || callsBackward)
      for (const { name } of own) if (callsParts || (name !== 'rate' && name !== 'state')) mentioned.add(name)
    const memories = [...new Set([...read, ...written])].sort(
      (a, b) => ORDER.indexOf(a.storage) - ORDER.indexOf(b.storage),
    )
    const open = this.#work.isOpen && (callsBackward || memories.some((m) => this.#work.has(m)))
    for (const { register, field } of this.#lengths.values())
      if (registers.has(register) || open) {
        lines.push(`  const ptrdiff_t ${printer.bind(register)} = ${object}->${field};`)
        mentioned.add(object)
      }
    if (registers.has(this.#rate)) {
      printer.use(this.#rate, 'rate')
      mentioned.add('rate')
    }
    if (open) {
      lines.push(
        ...this.#work.open(
          this.#prefix,
          [...this.#lengths.values()].map(({ register }) => printer.name(register)),
        ),
      )
      mentioned.add('work')
    }
    for (const m of memories) {
      if (m.storage === 'table') {
        places.set(m, m.name)
        continue
      }
      if (m.storage === 'scratch') {
        mentioned.add('work')
        const name = names.fresh(m.name)
        lines.push(`  ${TYPE[m.type]} *restrict ${name} = ${this.#work.access(m)};`)
        places.set(m, name)
        continue
      }
      if (m.storage === 'state') {
        mentioned.add('state')
        const { name, param } = this.#layout.stateOf(m)
        const place = param ? `state->${name}.${this.#layout.fieldOf(param).name}` : `state->${name}`
        if (m.single) places.set(m, place)
        else {
          const id = names.fresh(m.name)
          lines.push(`  ${written.has(m) ? '' : 'const '}${TYPE[m.type]} *restrict ${id} = ${place};`)
          places.set(m, id)
        }
        continue
      }
      const c = this.#layout.fieldOf(m)
      if (m.storage === 'hyper') {
        places.set(m, this.#hyper(c.name, m, names, lines))
        mentioned.add('hyper')
        continue
      }
      const isOwn = routine.name === 'step' && m.storage === 'gradient'
      const holder = isOwn ? this.#work.gradients() : this.#layout.holder(m, object)
      mentioned.add(isOwn ? 'work' : holder)
      const place = isOwn ? `(${holder})->${c.name}` : `${holder}->${c.name}`
      if (m.single) places.set(m, place)
      else {
        const wish =
          m.storage === 'gradient' ? `grad_${m.name}` : m.storage === 'output' ? `out_${m.name}` : m.name
        const name = names.fresh(wish)
        const type = m.type === 'i32' ? 'int32_t' : TYPE[m.type]
        lines.push(`  ${written.has(m) ? '' : 'const '}${type} *restrict ${name} = ${place};`)
        places.set(m, name)
      }
    }
    printer.block(f.body, '  ')
    const unused = own.filter(({ name }) => !mentioned.has(name)).map(({ name }) => `  (void)${name};`)
    return { lines: [...unused, ...lines, ...printer.lines], parameters }
  }

  #hyper(field: string, memory: Memory, names: CNames, lines: string[]): string {
    const { network, precision } = this.#program
    const { symbol, values } = network.hypers.find((h) => h.symbol.name === memory.name)!
    const name = names.fresh(memory.name)
    const optional = network.hypers.every((h) => h.values)
    const given = `hyper->${field}`
    const value = optional ? `hyper ? ${given} : ${this.#preset(symbol, values!)}` : given
    lines.push(
      symbol.shape.length === 0
        ? `  const ${TYPE[precision]} ${name} = ${optional && precision === 'f32' ? `(float)(${value})` : value};`
        : `  const ${TYPE[precision]} *restrict ${name} = ${value};`,
    )
    return name
  }
}

const real = (value: number): string => numberText(value, 'f64').text
