/** Who is compared: how each peer is started for a workload, or why it is not. `prepare` writes what it needs into the folder of the workload. */
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from '../../dist/src/index.js'
import { chainrulePeer, handPeer } from './native/sources.mjs'
import { program } from './workloads.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const isDense = ({ layers }) => layers.every((l) => l.dense)

const host = (peer, folder, precision) => ['node', [here('host.mjs'), peer, folder, precision]]

function emit(workload, target, precision, folder) {
  const made = compile(program(workload), { filename: 'net.net', target, precision, formulas: false })
  if (made.code === undefined) throw new Error(made.diagnostics.map((d) => d.message).join('; '))
  writeFileSync(join(folder, target === 'c' ? `net-${precision}.c` : `${target}-${precision}.mjs`), made.code)
  return made
}

function gcc(source, folder, precision, name, more = []) {
  const file = join(folder, `${name}-${precision}.h`)
  writeFileSync(file, source)
  const real = precision === 'f64' ? 'double' : 'float'
  execFileSync('gcc', [
    ...[
      '-std=gnu11',
      '-O3',
      '-march=native',
      `-DREAL=${real}`,
      `-DPEER="${file}"`,
      `-I${here('native')}`,
      `-I${folder}`,
    ],
    here('native/driver.c'),
    ...['-o', join(folder, `${name}-${precision}`), ...more, '-lm'],
  ])
  return [join(folder, `${name}-${precision}`), [folder]]
}

const has = (command, args) => spawnSync(command, args, { stdio: 'ignore', input: '' }).status === 0
export const hasGcc = has('gcc', ['--version'])
/** OpenBLAS itself where pkg-config knows it. */
const blas = hasGcc
  ? spawnSync('pkg-config', ['--cflags', '--libs', 'openblas'], { encoding: 'utf8' })
      .stdout?.split(/\s+/)
      .filter(Boolean)
  : undefined
const python = ['python3', '/usr/bin/python3'].find((p) => has(p, ['-c', 'import torch, numpy']))
const installed = (name) => {
  try {
    return import.meta.resolve(name) !== undefined
  } catch {
    return false
  }
}

const emitted = (target) => ({
  name: `chainrule ${target}`,
  ours: true,
  start(workload, folder, precision) {
    if (target !== 'c') {
      emit(workload, target, precision, folder)
      return host(`chainrule ${target}`, folder, precision)
    }
    const { code, header } = emit(workload, 'c', precision, folder)
    const file = `net-${precision}.c`
    writeFileSync(join(folder, 'net.net.h'), header)
    writeFileSync(join(folder, file), code)
    return gcc(chainrulePeer(workload, file, header), folder, precision, 'chainrule')
  },
  absent: () => (target === 'c' && !hasGcc ? 'gcc is not installed' : undefined),
})

const package_ = (name, packages, why = () => undefined) => ({
  name,
  start: (_workload, folder, precision) =>
    host(name === 'jax-js' ? 'jax' : name.toLowerCase().replace('.js', ''), folder, precision),
  absent: (workload, precision) =>
    packages.every(installed) ? why(workload, precision) : 'not installed: `npm ci` in bench/',
})
const single = (_, precision) => (precision === 'f64' ? 'single precision only' : undefined)

export const peers = [
  emitted('js'),
  emitted('wasm'),
  emitted('c'),
  {
    name: 'JavaScript by hand',
    start: (_, folder, precision) => host('hand', folder, precision),
    absent: (w) => (isDense(w) || w.name === 'LeNet' ? undefined : 'not written'),
  },
  {
    name: 'C by hand',
    start: (workload, folder, precision) => gcc(handPeer(workload), folder, precision, 'hand'),
    absent: (w) =>
      !hasGcc ? 'gcc is not installed' : isDense(w) ? undefined : 'convolutions are not written',
  },
  {
    name: 'C with OpenBLAS',
    environment: { OPENBLAS_NUM_THREADS: '1' },
    start(workload, folder, precision) {
      const s = precision === 'f64' ? 'd' : 's'
      const names = ['gemm', 'gemv', 'ger'].map((f) => `-DBLAS_${f.toUpperCase()}=cblas_${s}${f}`)
      return gcc(handPeer(workload), folder, precision, 'blas', ['-DBLAS', ...names, ...blas])
    },
    absent: (w) =>
      !blas?.length
        ? 'OpenBLAS is not installed (Debian: libopenblas-dev)'
        : isDense(w)
          ? undefined
          : 'convolutions are not written',
  },
  {
    name: 'PyTorch',
    environment: { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
    start: (_, folder, precision) => [python, [here('native/pytorch.py'), folder, precision]],
    absent: () => (python ? undefined : 'not installed (Debian: python3-torch)'),
  },
  package_(
    'jax-js',
    ['@jax-js/jax'],
    (w, p) => single(w, p) ?? (isDense(w) ? undefined : 'convolutions are not written'),
  ),
  package_('TensorFlow.js wasm', ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'], single),
  package_('TensorFlow.js cpu', ['@tensorflow/tfjs'], single),
  {
    ...package_('Synaptic', ['synaptic'], (w) =>
      w.batch > 1 ? 'learns after each sample, not from batches' : isDense(w) ? undefined : 'no convolutions',
    ),
    // It changes the weights of a layer before it goes back through them: the gradient only where steps are short. It has doubles.
    short: 1e-4,
  },
]
