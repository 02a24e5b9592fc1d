/** The header: structs of what callers hold, and the functions. */
import { extentText as extentWords } from '../../graph/extent.ts'
import { toNumber } from '../../base/rational.ts'
import { type Optimizer, hasState } from '../../schedule/optimizers.ts'
import { type Network, takesParams } from '../../graph/network.ts'
import { isFamily } from '../fields.ts'
import { docLines, hyperText, layout as layoutLines } from '../interface.ts'
import type { MemoryField, MemoryLayout, MemoryObject } from '../memory-layout.ts'
import { structOf } from './calls.ts'
import { initPrototype, statePrototype } from './init.ts'
import { inComment } from './names.ts'
import { TYPE } from './print.ts'
import type { WorkMemory } from './work.ts'

export interface HeaderParts {
  readonly head: string
  readonly prefix: string
  readonly network: Network
  readonly layout: MemoryLayout
  readonly lengths: readonly { readonly name: string; readonly field: string }[]
  readonly work: WorkMemory
  readonly optimizer: Optimizer
  /** What the functions do, and their prototypes. */
  readonly functions: readonly string[]
  readonly checks: readonly string[]
}

/** Members beyond this number are not listed. */
const LISTED = 6

export function header({
  head,
  prefix: p,
  network,
  layout,
  lengths,
  work,
  optimizer,
  functions,
  checks,
}: HeaderParts): string {
  const guard = `${p.toUpperCase()}_H`
  const dims = lengths.map(
    ({ name, field }) => `  /* The length ${inComment(name)}. */\n  ptrdiff_t ${field};`,
  )
  const inputs = layout.inputs.map((f) => given(f, 'const '))
  const targets = layout.targets.map((f) => given(f, 'const '))
  const names = lengths.map(({ field }) => field)
  const takes = takesParams(network)
  const presets = network.hypers.every((h) => h.values)
  return `${[
    head,
    `#ifndef ${guard}\n#define ${guard}`,
    '#include <stddef.h>\n#include <stdint.h>',
    '#ifdef __cplusplus\nextern "C" {\n#endif',
    ...comment(docLines(network.doc)),
    ...(takes
      ? [
          struct(
            `What is learned. A tensor is flat and row-major, a family one array, its members one after the other.${layout.params.every(isFixed) ? '' : " What has an open length is an array of the caller's."}`,
            `${p}_params`,
            layout.params.map(held),
          ),
        ]
      : []),
    struct('What a prediction needs.', `${p}_inputs`, [...dims, ...inputs]),
    ...(network.loss ? [struct('What the loss needs.', `${p}_data`, [...dims, ...inputs, ...targets])] : []),
    struct(
      "What a prediction fills: the caller's arrays.",
      `${p}_outputs`,
      layout.outputs.map((f) => given(f, '')),
    ),
    ...gradientStructs(p, layout),
    ...(network.hypers.length === 0
      ? []
      : [
          struct(
            `Numbers given at each call${presets ? '; NULL stands for their defaults' : ''}.`,
            `${p}_hyper`,
            layout.hypers.map((f, i) => {
              const { symbol, values } = network.hypers[i]!
              const said = [...docLines(f.field.doc), ...hyperText(symbol.shape, values)]
              return isFixed(f) ? owned(f, said) : given(f, 'const ', said)
            }),
          ),
        ]),
    ...(hasState(optimizer)
      ? [
          struct(
            `What step keeps from call to call, as ${p}_init_state makes it. ${optimizer.about}.`,
            `${p}_state`,
            [
              ...(optimizer.counts ? ['  /* The steps that were taken. */\n  double t;'] : []),
              ...optimizer.settings.map(
                (s) => `  /* ${s.doc} Default ${toNumber(s.value)}. */\n  double ${s.name};`,
              ),
              ...optimizer.moments.map((m) => `  ${p}_params ${m.name};`),
            ],
          ),
        ]
      : []),
    ...(work.isEmpty
      ? []
      : work.isOpen
        ? [
            `/* The bytes that routines work in, aligned as malloc does it. What is in them need not be kept from call to call. */\n${work.sizePrototype(p, names)};`,
          ]
        : [
            `/* What routines work in. It needs no start, and need not be kept from call to call. */\n${work.struct(p)}`,
          ]),
    ...(takes
      ? [
          `/* Fresh parameters; the same seed gives the same ones. */\n${initPrototype(p, layout.params, lengths)};${hasState(optimizer) ? `\n\n/* A fresh state for step. */\n${statePrototype(p, layout.params, lengths)};` : ''}`,
        ]
      : []),
    ...checks,
    functions.join('\n'),
    '#ifdef __cplusplus\n}\n#endif',
    `#endif`,
  ].join('\n\n')}\n`
}

/** What holds gradients by other than parameters, and changes of inputs: tensors of data are arrays of the caller's. */
function gradientStructs(p: string, layout: MemoryLayout): string[] {
  const fields = (list: readonly MemoryField[]): string[] =>
    list.map((f) => (layout.params.some(({ field }) => field === f.field) ? held(f) : given(f, '')))
  const vectors = [...layout.products.values()].flat()
  const of = (id: string): MemoryObject | undefined => vectors.find((v) => structOf(v) === id)
  const [tangents, grads] = [of('tangents'), of('vjp_grads')]
  return [
    ...(layout.grads ? [struct('What `backward` fills.', `${p}_grads`, fields(layout.grads))] : []),
    ...(tangents
      ? [
          struct(
            'Changes of the inputs, and what comes back to them.',
            `${p}_tangents`,
            fields(tangents.fields),
          ),
        ]
      : []),
    ...(grads ? [struct('What `vjp` fills.', `${p}_vjp_grads`, fields(grads.fields))] : []),
  ]
}

const comment = (lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [lines.map((line) => `/* ${inComment(line)} */`).join('\n')]

const struct = (doc: string, name: string, fields: readonly string[]): string =>
  `/* ${doc} */\ntypedef struct {\n${fields.join('\n') || '  char none;'}\n} ${name};`

const typeOf = ({ memory }: MemoryField): string => (memory.type === 'i32' ? 'int32_t' : TYPE[memory.type])

/** The lines above a field: its doc, its shape, and where the members of a family begin. */
function about(f: MemoryField, said: readonly string[]): string {
  const lines = said.length > 0 ? [...said] : [...docLines(f.field.doc), ...layoutLines(f.field.item)]
  if (isFamily(f.field.item)) {
    const listed = f.parts
      .slice(0, LISTED)
      .map(({ leaf, offset }) => `${leaf.name} from ${extentWords(offset)}`)
    lines.push(`${listed.join(', ')}${f.parts.length > LISTED ? ', …' : ''}.`)
  }
  return lines.map((line) => `  /* ${inComment(line)} */\n`).join('')
}

const isFixed = ({ size }: MemoryField): boolean => typeof size === 'number'

/** Of parameters: what is of known size stands in the struct itself. */
const held = (f: MemoryField): string => (isFixed(f) ? owned(f) : given(f, ''))

/** What stands in the struct itself. */
const owned = (f: MemoryField, said: readonly string[] = []): string =>
  `${about(f, said)}  ${typeOf(f)} ${f.name}${f.memory.single ? '' : `[${String(f.size)}]`};`

/** A number, or an array of the caller's. */
const given = (f: MemoryField, constness: string, said: readonly string[] = []): string =>
  f.memory.single
    ? `${about(f, said)}  ${typeOf(f)} ${f.name};`
    : `${about(f, said)}  ${constness}${typeOf(f)} *${f.name};`
