// The programs of this folder, compiled for given extents and loaded; each once.
import { readFileSync } from 'node:fs'
import { Buffer } from 'node:buffer'
import { compile } from '../../dist/src/index.js'

const loaded = new Map()

/**
 * The module of NAME.net with these extents for its dims.
 * @param {string} name
 * @param {Record<string, number>} dims
 * @param {{ target: 'js' | 'wasm', outputs?: string, functions?: readonly string[] }} options `outputs`: what `forward` gives instead
 * of what the program says; `functions`: those of the module
 */
export function program(name, dims, { target, outputs, functions }) {
  const key = JSON.stringify([name, dims, outputs, functions])
  if (!loaded.has(key)) loaded.set(key, load(name, dims, { target, outputs, functions }))
  return loaded.get(key)
}

async function load(name, dims, { target, outputs, functions }) {
  const text = readFileSync(new URL(`${name}.net`, import.meta.url), 'utf8')
  const source = outputs === undefined ? text : text.replace(/^output .*$/m, `output ${outputs}`)
  const { code, diagnostics } = compile(source, {
    filename: `${name}.net`,
    target,
    dims,
    functions,
    formulas: false,
  })
  if (!code) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)
}
