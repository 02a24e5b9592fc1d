/** What chainrule emits, as JavaScript or WebAssembly; the orchestrator has written the modules into the folder. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export async function make({ peer, precision, folder }) {
  const target = peer.split(' ')[1]
  const module = await import(pathToFileURL(join(folder, `${target}-${precision}.mjs`)).href)
  const params = module.zeros()
  const names = Object.keys(params)
  let data
  return {
    version: `target ${target}`,
    load(theta) {
      let at = 0
      for (const name of names) {
        if (typeof params[name] === 'number') params[name] = theta[at++]
        else params[name].set(theta.subarray(at, (at += params[name].length)))
      }
    },
    save: () =>
      Float64Array.from(
        names.flatMap((name) =>
          typeof params[name] === 'number' ? [params[name]] : Array.from(params[name]),
        ),
      ),
    feed: (x, y) => (data = { x, y }),
    step: (rate) => module.step(params, data, rate),
  }
}
