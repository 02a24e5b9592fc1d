/** `chainrule train`: from a table to parameters. */
import { existsSync } from 'node:fs'
import { isatty } from 'node:tty'
import { print, say } from './console.ts'
import { mapOf, mappingOf, partsOf, windowedMap } from './learn/columns.ts'
import { curveSvg } from './learn/curve.ts'
import { whyNotFinite } from './learn/diagnosis.ts'
import { overwrite } from './learn/files.ts'
import { begin, begunIn, bytesToGoOn, pathToGoOn, restore } from './learn/going-on.ts'
import { openTable } from './learn/open.ts'
import type { Begun, Meta } from './learn/meta.ts'
import { fileOf, isOurs, readParameters } from './learn/parameters.ts'
import { type Prepared, moduleOf, prepare } from './learn/prepared.ts'
import { wrong } from './learn/problems.ts'
import { report } from './learn/report.ts'
import { Reporter } from './learn/reporter.ts'
import { Buffers } from './learn/buffers.ts'
import { type Samples, readSamples } from './learn/samples.ts'
import type { Tensor } from './learn/safetensors.ts'
import { scalingsOf } from './learn/scaling.ts'
import { type Said, type Settings, atStart, hyperOf, settingsOf } from './learn/settings.ts'
import { dimsOfShared, fixedOf, hashWith, readShared, storedShared } from './learn/shared.ts'
import { splitOf } from './learn/split.ts'
import { readsText, textMapping } from './learn/text.ts'
import { NotFinite, type Trainable, Trainer } from './learn/trainer.ts'
import { windowed } from './learn/window.ts'
import { suitedTarget } from './suited.ts'
import { DONE, FAILED } from './problem.ts'
import { STDIN } from './read.ts'
import { streams } from './streams.ts'

export interface TrainOptions extends Said {
  readonly data: readonly string[]
  readonly map?: string
  readonly window?: number
  readonly delimiter?: string
  readonly length?: number | 'lines'
  readonly header: boolean
  readonly out?: string
  readonly plot?: string
  readonly resume?: boolean
  /** A file of parameters to begin with. */
  readonly params?: string
  readonly threads?: number
  readonly dim?: ReadonlyMap<string, number>
  /** `NAME=FILE`, arrays that all samples share. */
  readonly shared?: readonly string[]
  /** Megabytes. */
  readonly memory: number
  readonly json?: boolean
}

export async function train(path: string, options: TrainOptions): Promise<number> {
  const { json = false } = options
  if (path === STDIN && options.out === undefined) throw wrong.inputWithoutName()
  const out = options.out ?? `${path.replace(/\.net$/, '')}.safetensors`
  const on = pathToGoOn(out)
  const before = options.resume ? begun(on) : undefined
  for (const file of before ? [] : [out, on]) if (existsSync(file) && !isOurs(file)) throw wrong.notOurs(file)

  const given = new Map([...Object.entries(before?.meta.dims ?? {}), ...(options.dim ?? [])])
  const prepared = prepare(path, given, json)
  if (!prepared) return FAILED
  if (before && before.meta.network.hash !== prepared.hash) throw wrong.otherNetwork(on, path)
  if (prepared.network.params.length === 0) throw wrong.noTargets(path)
  if (!prepared.network.loss || prepared.network.losses) throw wrong.notOneLoss(path)

  const shared = await readShared(
    options.shared ?? [],
    prepared.fields,
    'all',
    before && readParameters(on).tensors,
  )
  const dims = dimsOfShared(shared, prepared.fields, given)
  const names = [...prepared.fields.inputs, ...prepared.fields.targets].map((f) => f.name)
  const length = options.length ?? before?.meta.length
  if (length === undefined && readsText(options.data, prepared)) throw wrong.uncut(options.data[0]!)
  const rows = await openTable(options.data, { ...options, length }, names)
  const window = options.window ?? before?.meta.window
  const table = windowed(rows, window)
  const mapping =
    options.map === undefined
      ? length === undefined
        ? new Map(Object.entries(before?.meta.map ?? {}))
        : textMapping(prepared)
      : windowedMap(mappingOf(options.map), window, prepared, rows)
  const parts = partsOf(prepared.network, prepared.fields, table, mapping, 'all')
  const asked = settingsOf(options, before?.begun.settings, on)
  const samples = await readSamples(table, parts, {
    missing: asked.missing,
    room: options.memory * 1e6,
    dims,
    // Names of classes are found again as they were: numbers by which they came first are what tells that data are the same.
  })
  try {
    const data = hashWith(samples.hash, shared)
    if (before && before.begun.data !== data) throw wrong.otherData(on)
    return await learn(
      prepared,
      samples,
      { ...asked, hyper: hyperOf(prepared, asked.hyper) },
      {
        options,
        out,
        on,
        map: mapOf(parts, table),
        window,
        length,
        before: before !== undefined,
        from: table.path,
        shared,
        data,
      },
    )
  } finally {
    samples.store.close()
  }
}

function begun(on: string): { readonly meta: Meta; readonly begun: Begun } {
  if (!existsSync(on)) throw wrong.nothingToResume(on)
  return begunIn(on)
}

interface Around {
  readonly options: TrainOptions
  readonly out: string
  readonly on: string
  readonly map: Meta['map']
  readonly window: number | undefined
  readonly length: number | 'lines' | undefined
  readonly before: boolean
  readonly from: string
  readonly shared: readonly Tensor[]
  /** The hash of all data. */
  readonly data: string
}

async function learn(
  prepared: Prepared,
  samples: Samples,
  given: Settings,
  { options, out, on, map, window, length, before, from, shared, data }: Around,
): Promise<number> {
  const { json = false } = options
  const { network, hash } = prepared
  const target = options.target === 'auto' && !before ? suitedTarget(network, samples.dims) : given.target
  const settings: Settings = { ...given, target }
  const { precision, optimizer, validation, split: how, seed } = settings
  const { threads = 1 } = options
  if (threads > 1 && options.target === 'js') throw wrong.threadsOfScript()
  const isShared = threads > 1 && target === 'wasm'
  if (threads > 1 && !isShared) say('a network of so few parameters runs in JavaScript, on one thread')
  const made = await moduleOf<Trainable>(
    prepared,
    { dims: samples.dims, target, precision, optimizer, threads: isShared },
    json,
  )
  if (!made) return FAILED
  const { module, fields } = made
  const split = splitOf(samples.store.count, validation, how, seed)
  const scalings = scalingsOf(samples, split.train, { input: settings.scale, target: settings.scaleTargets })
  const buffers = new Buffers(
    samples.parts,
    precision,
    scalings,
    fixedOf(shared, prepared.fields, samples.dims, precision),
  )
  const trainer = new Trainer(module, fields, samples, split, buffers, settings, atStart())
  if (before) restore(on, fields, trainer)
  else if (options.params !== undefined) begin(options.params, fields, trainer)

  const meta: Meta = {
    network: { name: network.name, hash },
    precision,
    dims: Object.fromEntries(samples.dims),
    map,
    ...(window === undefined ? {} : { window }),
    ...(length === undefined ? {} : { length }),
    classes: Object.fromEntries(samples.parts.flatMap((p) => (p.names ? [[p.name, p.names]] : []))),
    scaling: Object.fromEntries(scalings),
  }
  const save = (durable = false): void =>
    overwrite(on, bytesToGoOn(on, fields, trainer, settings, data, meta, storedShared(shared)), durable)
  const saveBest = (durable = false): void =>
    overwrite(out, fileOf(out, [...trainer.best, ...storedShared(shared)], meta), durable)

  // Where it cannot be written, that is told before the work is done.
  if (!before) save()
  const { skipped, store } = samples
  const count = isShared ? await module.parallel!(threads) : 1
  say(
    `${store.count} samples of ${from}${skipped > 0 ? ` (${skipped} with empty cells left out)` : ''}: ${split.train.length} to learn from, ${split.validation.length} to validate with${store.isOnDisk ? '; kept on disk' : ''}${count > 1 ? `; ${count} threads` : ''}`,
  )
  const reporter = new Reporter(settings, trainer, isatty(streams.error))
  const stop = (): void => {
    trainer.stopped = true
    // A second signal ends the process at once.
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  let end: Awaited<ReturnType<Trainer['run']>>
  try {
    end = await trainer.run({
      step: (done, of, loss, rate) => reporter.step(done, of, loss, rate),
      epoch: (rate, isBest) => {
        // First what it goes on from: it has the best parameters too.
        save()
        if (isBest) saveBest()
        reporter.epoch(rate)
      },
    })
  } catch (error) {
    reporter.close()
    if (!(error instanceof NotFinite)) throw error
    throw wrong.notFinite(
      error.step,
      error.epoch,
      error.loss,
      whyNotFinite(prepared, samples, buffers, error, settings.hyper),
    )
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    if (isShared) await module.parallel!(1)
  }
  reporter.close()
  save(true)
  const { progress } = trainer
  if (progress.best) saveBest(true)
  if (end === 'stopped') {
    say(
      `stopped in epoch ${progress.epoch + 1} of ${settings.epochs}, after ${progress.step} of ${trainer.stepsPerEpoch} steps; to go on: the same command with --resume`,
    )
    return 130
  }
  report(trainer, network, prepared, { samples, buffers, split, fields, end, settings })
  print(`wrote ${out}`)
  if (options.plot !== undefined) {
    overwrite(options.plot, Buffer.from(curveSvg(progress.history, `${network.name}: loss by epoch`)), true)
    print(`wrote ${options.plot}`)
  }
  return DONE
}
