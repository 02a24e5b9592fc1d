/** `chainrule predict`: a table of outputs, a row for each row of a table. */
import { print, say, sayWarning } from './console.ts'
import { mappingOf, partsOf, windowedMap } from './learn/columns.ts'
import { Growing } from './learn/files.ts'
import { classAt, outputLeaves, valuesOf } from './learn/metrics.ts'
import { openTable } from './learn/open.ts'
import type { Meta } from './learn/meta.ts'
import { putTensors, readParameters } from './learn/parameters.ts'
import { moduleOf, prepare } from './learn/prepared.ts'
import { wrong } from './learn/problems.ts'
import { Buffers, type Scaling } from './learn/buffers.ts'
import { readSamples } from './learn/samples.ts'
import { dimsOfShared, fixedOf, readShared } from './learn/shared.ts'
import type { Trainable } from './learn/trainer.ts'
import { windowed } from './learn/window.ts'
import { DONE, FAILED, warnings } from './problem.ts'

export interface PredictOptions {
  readonly data: readonly string[]
  readonly params: string
  readonly map?: string
  readonly delimiter?: string
  readonly length?: number | 'lines'
  readonly header: boolean
  readonly missing?: 'error' | 'skip'
  readonly out?: string
  readonly shared?: readonly string[]
  readonly dim?: ReadonlyMap<string, number>
  readonly hyper?: ReadonlyMap<string, number>
  readonly memory: number
  readonly json?: boolean
}

/** Samples of one call. */
const CHUNK = 256

export async function predict(path: string, options: PredictOptions): Promise<number> {
  const { json = false } = options
  const { tensors, meta } = readParameters(options.params)
  const given = new Map([...Object.entries(meta.dims), ...(options.dim ?? [])])
  const prepared = prepare(path, given, json)
  if (!prepared) return FAILED
  const { network, fields } = prepared
  if (fields.outputs.length === 0) throw wrong.noOutput(path)
  const shared = await readShared(options.shared ?? [], fields, 'inputs', tensors)
  const known = dimsOfShared(shared, fields, given)
  const names = fields.inputs.map((f) => f.name)
  const length = options.length ?? meta.length
  const rows = await openTable(options.data, { ...options, length }, names)
  const { window } = meta
  const table = windowed(rows, window)
  const stored = Object.entries(meta.map).filter(([name]) =>
    network.data.some((d) => d.role === 'input' && d.symbol.name === name),
  )
  const mapping =
    options.map === undefined ? new Map(stored) : windowedMap(mappingOf(options.map), window, prepared, rows)
  const parts = partsOf(network, fields, table, mapping, 'inputs')
  const samples = await readSamples(table, parts, {
    missing: options.missing ?? 'error',
    room: options.memory * 1e6,
    dims: known,
    classes: meta.classes,
  })
  try {
    const made = await moduleOf<Trainable>(
      prepared,
      { dims: samples.dims, target: 'js', precision: meta.precision },
      json,
    )
    if (!made) return FAILED
    const params = made.module.zeros()
    putTensors(options.params, made.fields.params, params, tensors)
    if (meta.network.hash !== prepared.hash) sayWarning(warnings.otherNetwork(options.params, path), { json })
    const buffers = new Buffers(
      samples.parts,
      meta.precision,
      new Map(Object.entries(meta.scaling)),
      fixedOf(shared, fields, samples.dims, meta.precision),
    )
    const columns = columnsOf(made.network, made.fields.outputs, meta)
    const { count } = samples.store
    const all = Uint32Array.from({ length: count }, (_, i) => i)
    const hyper = Object.fromEntries(options.hyper ?? [])
    const rest = Object.keys(hyper).length === 0 ? [] : [hyper]
    // Printed as it comes; a file is replaced at the end.
    const file = options.out === undefined ? undefined : new Growing(options.out)
    const write = (rows: readonly string[]): void =>
      file ? file.add(`${rows.join('\n')}\n`) : print(rows.join('\n'))
    write([line(columns.flatMap((c) => c.names))])
    for (let at = 0; at < count;) {
      // Rows stay in their order: a call takes such with lists of one length as follow each other.
      let end = at + 1
      while (end < count && end < at + CHUNK && samples.kind(end) === samples.kind(at)) end++
      const indices = all.subarray(at, end)
      at = end
      const data = samples.fill(indices, buffers)
      const outputs = made.module.forward(params, data, undefined, ...rest)
      write(
        Array.from(indices, (_, k) =>
          line(columns.flatMap((c) => c.cells(valuesOf(outputs, c.output, indices.length), k))),
        ),
      )
    }
    file?.finish()
    if (file) say(`wrote ${options.out}`)
    if (samples.skipped > 0) say(`${samples.skipped} rows with empty cells are left out`)
    return DONE
  } finally {
    samples.store.close()
  }
}

interface OutputColumns {
  readonly output: ReturnType<typeof outputLeaves>[number]
  readonly names: readonly string[]
  /** Of sample `k`, by the values of each member, one where it is no list. */
  readonly cells: (members: readonly ArrayLike<number>[], k: number) => string[]
}

/** Of classes first which one it is, then what each gets; of numbers the numbers, as they were before scaling. */
function columnsOf(
  network: Parameters<typeof outputLeaves>[0],
  outputs: Parameters<typeof outputLeaves>[1],
  meta: Meta,
): OutputColumns[] {
  const free = network.data.filter((d) => d.role === 'target').map((d) => d.symbol)
  return outputLeaves(network, outputs).map((output) => {
    const fits = (name: string, entries: number): boolean => {
      const classes = meta.classes[name]?.length
      return classes === undefined
        ? entries === output.size
        : output.size === classes || (classes === 2 && output.size === 1)
    }
    const at = free.findIndex((s) =>
      fits(
        s.name,
        s.shape.reduce<number>((p, e) => (typeof e === 'number' ? p * e : p), 1),
      ),
    )
    const target = at < 0 ? undefined : free.splice(at, 1)[0]!.name
    const classes = target === undefined ? undefined : meta.classes[target]
    const { shift, scale }: Scaling = (target === undefined ? undefined : meta.scaling[target]) ?? {}
    const numbers = (values: ArrayLike<number>, k: number): string[] =>
      Array.from({ length: output.size }, (_, j) =>
        String(values[k * output.size + j]! * (scale?.[j] ?? 1) + (shift?.[j] ?? 0)),
      )
    // Of a list a cell has all members: names of classes one after the other, numbers as JSON.
    if (output.isList) {
      const mark = classes?.some((name) => name.length > 1) ? ' ' : ''
      return {
        output,
        names: [classes ? target! : output.name],
        cells: (members, k) => [
          classes
            ? members.map((values) => classes[classAt(values, k, output)]!).join(mark)
            : `[${members.map((values) => (output.size === 1 ? numbers(values, k).join() : `[${numbers(values, k).join()}]`)).join()}]`,
        ],
      }
    }
    const own =
      output.size === 1
        ? [output.name]
        : Array.from({ length: output.size }, (_, j) => `${output.name}[${classes?.[j] ?? j + 1}]`)
    return {
      output,
      names: classes ? [target!, ...own] : own,
      cells: ([values], k) =>
        classes ? [classes[classAt(values!, k, output)]!, ...numbers(values!, k)] : numbers(values!, k),
    }
  })
}

/** A line of RFC 4180. */
const line = (cells: readonly string[]): string =>
  cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
