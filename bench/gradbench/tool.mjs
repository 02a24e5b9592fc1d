// A tool of GradBench (https://github.com/gradbench/gradbench): speaks the suite's protocol, JSON lines on standard input and output, and
// evaluates what chainrule emits for the programs of this folder. Build first.
// usage: node bench/gradbench/tool.mjs [--target wasm|js|c]
import { createInterface } from 'node:readline'
import { evals } from './evals.mjs'
import { measure } from './programs.mjs'

const at = process.argv.indexOf('--target')
const target = at < 0 ? 'wasm' : process.argv[at + 1]

/** What an evaluation gives, and the time of each of its runs: as many as the suite asks for, at least one. */
async function evaluate({ module, function: name, input }) {
  const prepare = evals[module]?.[name]
  if (!prepare) throw new Error(`There is no function ${name} in ${module}.`)
  const { min_runs: runs, min_seconds: seconds } = input
  const { output, nanoseconds } = await measure(await prepare(input, { target }), { runs, seconds })
  return { output: plain(output), timings: nanoseconds.map((n) => ({ name: 'evaluate', nanoseconds: n })) }
}

/** Typed arrays as JSON's arrays, at any depth. */
function plain(value) {
  if (ArrayBuffer.isView(value)) return Array.from(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
  return value
}

const answers = {
  start: () => ({ tool: 'chainrule', config: { target } }),
  define: ({ module }) => ({ success: module in evals }),
  evaluate: async (message) => ({ success: true, ...(await evaluate(message)) }),
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line)
  let answer
  try {
    answer = await answers[message.kind]?.(message)
  } catch (error) {
    answer = { success: false, error: String(error?.message ?? error) }
  }
  console.log(JSON.stringify({ id: message.id, ...answer }))
}
