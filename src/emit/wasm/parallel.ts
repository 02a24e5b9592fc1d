/**
 * `parallel(n)` of a module: workers that help with every call. What a worker runs is a text of a few lines, handed over as a URL of its own (`data:` in Node, `blob:` in a
 * page), so that a bundler finds no file to move and no worker loads the program around the module. It is JavaScript only, written as such.
 */
import type { FunctionDeclaration } from '../tree.ts'
import { WORK } from './program.ts'
import { type Control, MOST_SHARES } from './threads.ts'

/** Shares of a loop for each thread: one that the machine holds up for a while leaves the others something to do. */
const SHARES = 4

/** What a worker runs: it says that it is there, and then works until it is ended. */
const WORKER = `const port = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort ?? globalThis
port.onmessage = ({ data: { module, memory } }) => {
  const { ${WORK} } = new WebAssembly.Instance(module, { e: { memory }, m: Math }).exports
  port.postMessage('ready')
  ${WORK}()
}
`

/** @param control undefined where nothing is large enough to be shared */
export function parallelFunction(control: Control | undefined): FunctionDeclaration {
  return {
    kind: 'function',
    name: 'parallel',
    exported: true,
    doc: [
      'Has so many threads run each call from now on, this one among them (by default as many as the machine has); 1 ends the others. Results stay the same,',
      'to the last bit. Gives how many there are then: 1 where there is nothing to share, and where the engine lets no memory be shared (pages that are not',
      'cross-origin isolated, Node before 20.16).',
    ],
    parameters: [{ name: 'threads', type: 'number', optional: true }],
    returns: 'Promise<number>',
    body: [{ kind: 'printed', origins: [], text: control ? text(control) : alone }],
  }
}

const refusal = `  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw new RangeError(\`threads is \${threads}; it must be a whole number of at least 1\`);`

const alone = `${refusal}
  return Promise.resolve(1);`

const text = (control: Control): string => `${refusal}
  const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  const cores = node ? process.getBuiltinModule('node:os').availableParallelism() : globalThis.navigator?.hardwareConcurrency ?? 1;
  const wanted = Math.min(threads ?? cores, ${Math.floor(MOST_SHARES / SHARES)});
  const share = (count) => {
    $integers[${control.shares / 4}] = count === 1 ? 1 : ${SHARES} * count;
    return count;
  };
  const alone = () => {
    for (const worker of $workers.splice(0)) worker.terminate();
    return share(1);
  };
  alone();
  if (wanted === 1 || globalThis.crossOriginIsolated === false || !(node ?? globalThis.Worker)) return Promise.resolve(1);
  const url = node
    ? new URL(\`data:text/javascript,\${encodeURIComponent($worker)}\`)
    : URL.createObjectURL(new Blob([$worker], { type: 'text/javascript' }));
  const start = () =>
    new Promise((ready, failed) => {
      const worker = node ? new node.Worker(url, { execArgv: [] }) : new Worker(url, { type: 'module' });
      $workers.push(worker);
      if (node) worker.once('message', ready).once('error', failed);
      else Object.assign(worker, { onmessage: ready, onerror: failed });
      worker.postMessage({ module: $module, memory: $memory });
    });
  return Promise.all(Array.from({ length: wanted - 1 }, start))
    .then(() => {
      for (const worker of $workers) worker.unref?.();
      try {
        Atomics.wait($integers, ${control.maySleep / 4}, 2, 0);
        $integers[${control.maySleep / 4}] = 1;
      } catch {
        $integers[${control.maySleep / 4}] = 0;
      }
      return share(wanted);
    }, alone)
    .finally(() => !node && URL.revokeObjectURL(url));`

/** What the module's level holds for it. */
export const workerText = WORKER
