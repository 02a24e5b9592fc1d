// The programs of this folder, compiled for given extents and loaded, each once; and the time that their routines take.
import { readFileSync } from 'node:fs'
import { Buffer } from 'node:buffer'
import { compile } from '../../dist/src/index.js'
import { NativeProgram, measureNative } from './native.mjs'

const loaded = new Map()

/**
 * The module of NAME.net with these extents for its dims.
 * @param {string} name
 * @param {Record<string, number>} dims
 * @param {{ target: 'js' | 'wasm' | 'c', outputs?: string, functions?: readonly string[] }} options `outputs`: what `forward` gives instead
 * of what the program says; `functions`: those of the module
 */
export function program(name, dims, { target, outputs, functions }) {
  const key = JSON.stringify([name, dims, target, outputs, functions])
  if (!loaded.has(key)) loaded.set(key, load(name, dims, { target, outputs, functions }))
  return loaded.get(key)
}

async function load(name, dims, { target, outputs, functions }) {
  const text = readFileSync(new URL(`${name}.net`, import.meta.url), 'utf8')
  const source = outputs === undefined ? text : text.replace(/^output .*$/m, `output ${outputs}`)
  const { code, header, diagnostics } = compile(source, {
    filename: `${name}.net`,
    target,
    dims,
    functions,
    formulas: false,
  })
  if (!code) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  if (target === 'c') return new NativeProgram({ code, header })
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)
}

/**
 * A problem of the suite: what is called with which arguments, what is done `after` it within the time that is taken, and how what was found is
 * written, which takes no time. One that calls nothing of a module has a function `run` of its own.
 * @typedef {{ call: 'loss' | 'backward' | 'forward', module: any, params?: object, data: object, hyper?: object, outputs?: object,
 *   after?: { js: () => unknown, c: string, read: Function }, output: (found: any) => unknown, run?: () => unknown }} Problem
 */

/** A function that solves a problem in JavaScript or WebAssembly, and allocates nothing that it needs again. */
export function solver({ run, call, module, params, data, hyper, outputs, after }) {
  if (run) return run
  const given = params ? [params, data] : [data]
  const calls = {
    loss: () => module.loss(params, data, hyper),
    backward: () => {
      const grads = module.zeros()
      return () => (module.backward(params, data, grads, hyper), grads)
    },
    forward: () => {
      const filled = outputs ?? module.forward(...given, undefined, hyper)
      return () => module.forward(...given, filled, hyper)
    },
  }
  const once = call === 'loss' ? calls.loss : calls[call]()
  if (!after) return once
  return () => after.js(once())
}

/**
 * What a problem's solution is, as the suite wants it, and the nanoseconds of each of its runs: at least so many, for at least so long.
 * @param {Problem} problem
 */
export async function measure(problem, { runs = 1, seconds = 0, env = process.env } = {}) {
  if (problem.module instanceof NativeProgram) {
    const { found, nanoseconds } = await measureNative(problem, { runs, seconds, env })
    return { output: problem.output(found), nanoseconds }
  }
  const solve = solver(problem)
  const nanoseconds = []
  let found
  let elapsed = 0
  do {
    const start = process.hrtime.bigint()
    found = solve()
    const took = Number(process.hrtime.bigint() - start)
    nanoseconds.push(took)
    elapsed += took
  } while (nanoseconds.length < runs || elapsed < seconds * 1e9)
  return { output: problem.output(found), nanoseconds }
}
