/** Emitted C, compiled by gcc and run: many programs by one command, for a compiler costs more to start than to run. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Diagnostics } from '../../../src/base/diagnostics.ts'
import type { Lanes } from '../../../src/code/lanes.ts'
import { emitC, layoutOf } from '../../../src/emit/c/module.ts'
import { extentText } from '../../../src/emit/c/extents.ts'
import type { MemoryField } from '../../../src/emit/memory-layout.ts'
import { CNames, prefixOf } from '../../../src/emit/c/names.ts'
import { takesParams } from '../../../src/graph/network.ts'
import { leaves, openDims } from '../../../src/emit/fields.ts'
import { fieldAt } from '../../../src/modules.ts'
import { structOf } from '../../../src/emit/c/calls.ts'
import { type Program, calledOf, takesInputs } from '../../../src/schedule/program.ts'
import { LONG } from '../../support/campaign.ts'
import type { Loose } from '../../schedule/built.ts'
import { flat } from '../../schedule/written-out.ts'

/** Objects as a module in JavaScript takes them. */
export interface Given {
  readonly params: Record<string, Loose>
  readonly data: Record<string, Loose>
  readonly hyper?: Record<string, Loose>
  /** The lengths of open dims, and of the batch. */
  readonly lengths?: Readonly<Record<string, number>>
}

export interface CCase extends Given {
  readonly program: Program
  /** The machine that loops are shaped for, where it is not the target's. */
  readonly lanes?: Lanes | undefined
  /** One where it is not given. */
  readonly steps?: number
  /** What products are handed, by the function and the object: `jvp.dparams`. */
  readonly vectors?: Readonly<Record<string, Record<string, Loose>>>
}

/** What the functions gave, flat, twice where a second call finds what the first has left in the workspace. */
export interface Results {
  readonly loss: readonly number[]
  readonly forward: readonly number[]
  readonly backward: readonly number[]
  readonly step: readonly number[]
}

export const STRICT = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic']
const SANITISED = ['-O0', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
/** Zeros divide in programs too: only what C does not define is an error. */
export const FLAGS = {
  sanitised: [...STRICT, ...SANITISED],
  /** As of a compiler that has no vectors. */
  plain: [...STRICT, ...SANITISED, '-DCHAINRULE_VECTOR=0'],
  // Optimising more takes gcc two or three times as long.
  fast: [...STRICT, LONG ? '-O3' : '-O1', '-march=native'],
} as const

export const RATE = 0.125

/** A machine with so few lanes that short loops have vectors too. */
export const FEW: Lanes = { wide: { f32: 4, f64: 2 }, sums: { f32: 4, f64: 2 }, rows: 2, tileFrom: 8 }

function emitted({ program, lanes }: CCase, filename: string): { code: string; header: string } {
  const diagnostics = new Diagnostics()
  const made = emitC(program, diagnostics, { filename, ...(lanes ? { lanes } : {}) })
  if (!made)
    throw new Error(
      diagnostics
        .toArray()
        .map((d) => d.message)
        .join('\n'),
    )
  return made
}

/** Runs all cases. Their networks may have one name: each is a file of its own, and a program by itself. */
export function runC(cases: readonly CCase[], flags: readonly string[] = FLAGS.sanitised): Results[] {
  return printed(cases, flags, run).map(([loss, forward, backward, step]) => ({
    loss: loss!,
    forward: forward!,
    backward: backward!,
    step: step!,
  }))
}

/** What all functions of a module return and fill, each called once, in their order. */
export function callC(cases: readonly CCase[], flags: readonly string[] = FLAGS.sanitised): number[][][] {
  return printed(cases, flags, callAll)
}

/** What programs print of each case, in parts. */
function printed(
  cases: readonly CCase[],
  flags: readonly string[],
  run: (c: CCase, i: number) => string,
): number[][][] {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-c-'))
  try {
    const named = cases.map((c, i): CCase => ({
      ...c,
      program: { ...c.program, network: { ...c.program.network, name: `p${i}` } },
    }))
    named.forEach((c, i) => {
      const { code, header } = emitted(c, `p${i}`)
      writeFileSync(join(folder, `p${i}.c`), code)
      writeFileSync(join(folder, `p${i}.h`), header)
    })
    writeFileSync(join(folder, 'main.c'), driver(named, run))
    const sources = [...named.map((_, i) => `p${i}.c`), 'main.c']
    execFileSync('gcc', [...flags, ...sources, '-o', 'main', '-lm'], { cwd: folder, stdio: 'pipe' })
    const printed = execFileSync(join(folder, 'main'), {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: 'pipe',
    })
    return printed
      .split('END\n')
      .slice(0, -1)
      .map((text) => {
        return text
          .split(';\n')
          .slice(0, -1)
          .map((part) =>
            part
              .split('\n')
              .filter((line) => line !== '')
              .map((x) =>
                x === 'inf' ? Infinity : x === '-inf' ? -Infinity : /nan/.test(x) ? NaN : Number(x),
              ),
          )
      })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const at = (object: Record<string, Loose>, { field }: MemoryField): number[] =>
  [...leaves(field.item)].flatMap(({ path }) => {
    const value = path.reduce<Loose>(
      (v, i) => (v as Loose[])[i]!,
      fieldAt(object as never, field.name) as Loose,
    )
    return flat(value)
  })

function driver(cases: readonly CCase[], run: (c: CCase, i: number) => string): string {
  const runs = cases.map((c, i) => run(c, i))
  return `#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>
${cases.map((_, i) => `#include "p${i}.h"`).join('\n')}
static void print(double x) { printf("%.17g\\n", x); }
${runs.join('\n')}
int main(void) {
${cases.map((_, i) => `  run${i}();`).join('\n')}
  return 0;
}
`
}

/** A call's objects in C, filled. */
function setUp(c: CCase) {
  const { program, params, data, hyper = {}, lengths = {} } = c
  const { network, precision } = program
  const p = prefixOf(network.name)
  const names = new CNames()
  const open = Object.keys(lengths).map((name) => ({ name, field: names.fresh(name) }))
  const layout = layoutOf(program, names)
  const { code, header } = emitted(c, 'x')
  const real = precision === 'f32' ? 'float' : 'double'
  const literal = (x: number): string =>
    Number.isNaN(x) ? 'NAN' : Math.abs(x) === Infinity ? `${x < 0 ? '-' : ''}INFINITY` : String(x)
  const lines: string[] = []
  const owned = (object: string, f: MemoryField, values: readonly number[]): void => {
    if (f.memory.single) lines.push(`${object}.${f.name} = ${literal(values[0]!)};`)
    else
      lines.push(
        `{ static const double v[] = {${values.map(literal).join(', ')}}; for (size_t i = 0; i < sizeof v / sizeof *v; i++) ${object}.${f.name}[i] = (${real})v[i]; }`,
      )
  }
  /** Arrays on the heap, exactly as long as they must be: what is read or written beyond them is found. */
  const freed: string[] = []
  const given = (object: string, f: MemoryField, values: readonly number[]): void => {
    if (f.memory.single) return void lines.push(`${object}.${f.name} = ${literal(values[0]!)};`)
    const type = f.memory.type === 'i32' ? 'int32_t' : real
    const id = `a_${object}_${f.name}`
    freed.push(id)
    lines.push(
      `static const double v_${id}[] = {${values.map(literal).join(', ')}}; ${type} *${id} = malloc(sizeof(${type}) * ${values.length}); for (int i = 0; i < ${values.length}; i++) ${id}[i] = (${type})v_${id}[i]; ${object}.${f.name} = ${id};`,
    )
  }
  const length = (e: Parameters<typeof extentText>[0]): string => extentText(e, (dim) => String(lengths[dim]))
  const singles = (f: MemoryField): boolean => f.memory.single
  const printed = (object: string, f: MemoryField): string =>
    singles(f)
      ? `print(${object}.${f.name});`
      : `for (int i = 0; i < ${length(f.size)}; i++) print(${object}.${f.name}[i]);`
  lines.push(
    `${p}_inputs inputs; ${p}_outputs outputs; memset(&inputs, 0, sizeof inputs); memset(&outputs, 0, sizeof outputs);`,
    ...(takesParams(network) ? [`static ${p}_params params;`] : []),
    ...(network.loss ? [`${p}_data data; memset(&data, 0, sizeof data);`] : []),
  )
  const objects = ['inputs', ...(network.loss ? ['data'] : [])]
  for (const { name, field } of open)
    for (const object of objects) lines.push(`${object}.${field} = ${lengths[name]};`)
  /** Room for what has no size in the struct itself. */
  const room = (object: string, f: MemoryField, from?: string): void => {
    const id = `a_${object.replaceAll('.', '_')}_${f.name}`
    const bytes = `sizeof(${real}) * (size_t)(${length(f.size)})`
    freed.push(id)
    lines.push(`${real} *${id} = malloc(${bytes}); ${object}.${f.name} = ${id};`)
    if (from !== undefined) lines.push(`memcpy(${id}, ${from}.${f.name}, ${bytes});`)
  }
  for (const f of layout.params) (isOpen(f) ? given : owned)('params', f, at(params, f))
  for (const f of layout.inputs) {
    given('inputs', f, at(data, f))
    if (network.loss) lines.push(`data.${f.name} = inputs.${f.name};`)
  }
  for (const f of layout.targets) given('data', f, at(data, f))
  for (const f of layout.outputs)
    if (!singles(f)) {
      const id = `o_${f.name}`
      freed.push(id)
      lines.push(
        `${real} *${id} = malloc(sizeof(${real}) * (size_t)(${length(f.size)})); outputs.${f.name} = ${id};`,
      )
    }
  const extra: string[] = []
  if (network.hypers.length > 0) {
    const all = network.hypers.every(({ symbol }) => hyper[symbol.name] !== undefined)
    if (all) {
      lines.push(`static ${p}_hyper hyper;`)
      for (const f of layout.hypers)
        if (typeof f.size === 'number') owned('hyper', f, at(hyper, f))
        else given('hyper', f, at(hyper, f))
      extra.push('&hyper')
    } else extra.push('NULL')
  }
  if (header.includes(`${p}_workspace_size(`)) {
    const size = `${p}_workspace_size(${open.map(({ name }) => lengths[name]).join(', ')})`
    lines.push(`void *work = malloc(${size}); memset(work, 255, ${size});`)
    freed.push('work')
    extra.push('work')
  } else if (header.includes(`} ${p}_workspace;`)) {
    lines.push(`${p}_workspace *work = malloc(sizeof *work); memset(work, 255, sizeof *work);`)
    freed.push('work')
    extra.push('work')
  }
  for (const object of objects)
    if (code.includes(`${p}_check_${object}(`))
      lines.push(`if (${p}_check_${object}(&${object})) { puts(${p}_check_${object}(&${object})); exit(1); }`)
  const call = (name: string, ...args: string[]): string => `${p}_${name}(${[...args, ...extra].join(', ')})`
  const openParams = layout.params.filter(isOpen)
  return { p, lines, freed, call, owned, given, room, printed, layout, header, openParams }
}

const isOpen = ({ size }: MemoryField): boolean => typeof size !== 'number'

const inFunction = (i: number, lines: readonly string[], freed: readonly string[]): string =>
  `static void run${i}(void) {\n${[...lines, ...freed.map((id) => `free(${id});`)].map((l) => `  ${l}`).join('\n')}\n}`

function callAll(c: CCase, i: number): string {
  const { p, lines, freed, call, owned, given, room, printed, layout, header, openParams } = setUp(c)
  const { program } = c
  const own = (f: MemoryField): boolean => !isOpen(f) && layout.params.some(({ field }) => field === f.field)
  /** A struct of what is given, or room for what is filled. */
  const struct = (
    type: string,
    id: string,
    fields: readonly MemoryField[],
    values?: Record<string, Loose>,
  ): void => {
    lines.push(`static ${p}_${type} ${id}; memset(&${id}, 1, sizeof ${id});`)
    for (const f of fields)
      if (values && own(f)) owned(id, f, at(values, f))
      else if (values) given(id, f, at(values, f))
      else if (!own(f) && !f.memory.single) room(id, f)
  }
  const takes = takesParams(program.network)
  const exported = program.routines.filter(({ inner }) => !inner)
  // The prototypes come last, in the order of the functions.
  const names = [...header.matchAll(/^(?:void|double|float) (\w+)\(/gm)].map(([, id]) => id!)
  for (const [k, routine] of exported.entries()) {
    const called = calledOf(routine)
    const name = names.at(k - exported.length)!.slice(p.length + 1)
    if (routine.product) {
      const data = takesInputs(called) ? '&inputs' : '&data'
      const objects = layout.products.get(called)!
      for (const { object, type, fields, filled } of objects)
        struct(
          structOf({ object, type }),
          `${name}_${object}`,
          fields,
          filled ? undefined : c.vectors![`${called}.${object}`],
        )
      lines.push(
        `${call(name, ...(takes ? ['&params'] : []), data, ...objects.map(({ object }) => `&${name}_${object}`))};`,
      )
      for (const { object, fields, filled } of objects)
        if (filled) lines.push(...fields.map((f) => printed(`${name}_${object}`, f)), 'puts(";");')
    } else if (routine.name === 'forward') {
      lines.push(`${call(name, ...(takes ? ['&params'] : []), '&inputs', '&outputs')};`)
      lines.push(...layout.outputs.map((f) => printed('outputs', f)), 'puts(";");')
    } else if (routine.name === 'loss') lines.push(`print(${call(name, '&params', '&data')}); puts(";");`)
    else if (routine.name === 'backward') {
      const fields = layout.filledBy(routine.suffix) ?? layout.params
      struct(layout.grads ? 'grads' : 'params', name, layout.grads ?? fields)
      lines.push(`print(${call(name, '&params', '&data', `&${name}`)});`)
      lines.push(...fields.map((f) => printed(name, f)), 'puts(";");')
    } else {
      lines.push(`static ${p}_params ${name}; ${name} = params;`)
      for (const f of openParams) room(name, f, 'params')
      lines.push(`print(${call(name, `&${name}`, '&data', String(RATE))});`)
      lines.push(...layout.params.map((f) => printed(name, f)), 'puts(";");')
    }
  }
  return inFunction(i, [...lines, 'puts("END");'], freed)
}

function run(c: CCase, i: number): string {
  const { p, lines, freed, call, room, printed, layout, header, openParams } = setUp(c)
  const { steps = 1 } = c
  lines.push(`static ${p}_params grads, moved; memset(&grads, 1, sizeof grads); moved = params;`)
  for (const f of openParams) {
    room('grads', f)
    room('moved', f, 'params')
  }
  const loss = call('loss', '&params', '&data')
  const backward = call('backward', '&params', '&data', '&grads')
  lines.push(`print(${loss}); print(${backward});`)
  const state = header.includes(`} ${p}_state;`) ? ['&state'] : []
  if (state.length > 0) {
    lines.push(`static ${p}_state state;`)
    for (const { name } of c.program.optimizer.moments) for (const f of openParams) room(`state.${name}`, f)
    const open = openDims(layout.params.map(({ field }) => field))
    const told = Object.entries(c.lengths ?? {}).flatMap(([dim, n]) => (open.has(dim) ? [`, ${n}`] : []))
    lines.push(`${p}_init_state(&state${told.join('')});`)
  }
  const step = call('step', '&moved', '&data', String(RATE), ...state)
  lines.push(
    `print(${step});`,
    ...Array.from({ length: steps - 1 }, () => `${step};`),
    `print(${loss}); puts(";");`,
  )
  for (let k = 0; k < 2; k++)
    lines.push(
      `${call('forward', '&params', '&inputs', '&outputs')};`,
      ...layout.outputs.map((f) => printed('outputs', f)),
    )
  lines.push('puts(";");')
  for (let k = 0; k < 2; k++)
    lines.push(...(k ? [`print(${backward});`] : []), ...layout.params.map((f) => printed('grads', f)))
  lines.push('puts(";");', ...layout.params.map((f) => printed('moved', f)), 'puts(";");', 'puts("END");')
  return inFunction(i, lines, freed)
}
