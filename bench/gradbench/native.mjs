// Emitted C as a program of its own: it reads arguments from a file, calls one routine as often as it is told to, takes the time of each call,
// and writes what the routine has filled. Which fields there are, and how long they are, is read from the header.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Buffer } from 'node:buffer'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'chainrule-gradbench-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
let programs = 0

/** What emitted C needs to be run by `measure`. */
export class NativeProgram {
  #compiled = new Map()

  constructor({ code, header }) {
    this.name = `program${programs++}`
    this.code = code
    this.header = header
    this.prefix = /(\w+)_(?:forward|loss)\(/.exec(header)[1]
    writeFileSync(join(folder, `${this.name}.h`), header)
    writeFileSync(join(folder, `${this.name}.c`), code.replace(/#include ".*"/, `#include "${this.name}.h"`))
  }

  /** The fields of a struct: their names as in C, whether they are lengths, arrays of the caller's, or numbers of the struct's own. */
  fields(struct) {
    const text = new RegExp(`typedef struct \\{\\n([^}]*)\\} ${this.prefix}_${struct};`).exec(
      this.header,
    )?.[1]
    const found = []
    let shape
    for (const line of (text ?? '').split('\n')) {
      shape = /^ {2}\/\* Shape ([^.]*)\./.exec(line)?.[1] ?? shape
      const field = /^ {2}(?:const )?(\w+) (\*?)(\w+)(?:\[(\d+)\])?;$/.exec(line)
      if (!field || field[3] === 'none') continue
      const [, type, pointer, name, size] = field
      found.push({ shape, type, isArray: pointer !== '', name, size: Number(size ?? 1) })
      shape = undefined
    }
    return found
  }

  /** An executable that calls this routine, and then `after`, which is C. */
  executable(call, after) {
    const key = `${call} ${after?.c ?? ''}`
    if (!this.#compiled.has(key)) this.#compiled.set(key, this.#compile(call, after, this.#compiled.size))
    return this.#compiled.get(key)
  }

  async #compile(call, after, number) {
    const path = join(folder, `${this.name}-${number}`)
    writeFileSync(`${path}.c`, this.#main(call, after))
    const flags = ['-std=gnu99', '-O3', '-march=native', '-I', folder]
    await run('gcc', [...flags, `${path}.c`, join(folder, `${this.name}.c`), '-o', path, '-lm'])
    return path
  }

  #main(call, after) {
    const { prefix: p, header } = this
    const object = call === 'forward' ? 'inputs' : 'data'
    const takes = header.includes(`} ${p}_params;`)
    const hasHyper = header.includes(`} ${p}_hyper;`)
    const lengths = this.fields(object).filter(({ type }) => type === 'ptrdiff_t')
    const read = (struct, f) =>
      f.isArray
        ? `  ${struct}.${f.name} = array(sizeof *${struct}.${f.name});`
        : `  number(&${struct}.${f.name}, sizeof ${struct}.${f.name});`
    const filled = call === 'forward' ? this.fields('outputs') : []
    const work = header.includes(`${p}_workspace_size(`)
      ? `malloc(${p}_workspace_size(${lengths.map(({ name }) => `data.${name}`).join(', ')}))`
      : header.includes(`} ${p}_workspace;`)
        ? `malloc(sizeof(${p}_workspace))`
        : undefined
    const results = { forward: ['&outputs'], loss: [], backward: ['&grads'] }[call]
    const args = [
      ...(takes ? ['&params'] : []),
      '&data',
      ...results,
      ...(hasHyper ? ['&hyper'] : []),
      ...(work ? ['work'] : []),
    ]
    return `#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "${this.name}.h"
static FILE *file;
static void number(void *to, size_t size) { if (fread(to, 1, size, file) != size) exit(1); }
static int64_t count(void) { int64_t n; number(&n, sizeof n); return n; }
static void *array(size_t size) { size_t n = (size_t)count() * size; void *a = malloc(n); number(a, n); return a; }
static double seconds(clockid_t clock) { struct timespec t; clock_gettime(clock, &t); return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec; }
${takes ? `static ${p}_params params, grads;` : ''}
static ${p}_${object} data;
${call === 'forward' ? `static ${p}_outputs outputs;` : ''}
${hasHyper ? `static ${p}_hyper hyper;` : ''}
${after?.c ?? ''}
int main(int argc, char **argv) {
  if (argc != 3 || !(file = fopen(argv[1], "rb"))) return 1;
  int64_t runs = count();
  double least;
  number(&least, sizeof least);
${
  takes
    ? this.fields('params')
        .map((f) => `  number(&params.${f.name}, sizeof params.${f.name});`)
        .join('\n')
    : ''
}
${this.fields(object)
  .map((f) => read('data', f))
  .join('\n')}
${
  hasHyper
    ? this.fields('hyper')
        .map((f) => read('hyper', f))
        .join('\n')
    : ''
}
${filled.map((f) => (f.isArray ? `  const size_t n_${f.name} = (size_t)count() * sizeof *outputs.${f.name}; outputs.${f.name} = malloc(n_${f.name});` : '')).join('\n')}
  fclose(file);
${work ? `  void *work = ${work};` : ''}
${after ? `  prepare();` : ''}
  double result = 0, elapsed = 0;
  do {
    const double start = seconds(CLOCK_MONOTONIC);
    ${call === 'forward' ? '' : 'result = '}${p}_${call}(${args.join(', ')});
    ${after ? 'after();' : ''}
    const double took = seconds(CLOCK_MONOTONIC) - start;
    printf("%.0f\\n", 1e9 * took);
    elapsed += took;
  } while (--runs > 0 || elapsed < least);
  file = fopen(argv[2], "wb");
  fwrite(&result, sizeof result, 1, file);
${call === 'backward' ? '  fwrite(&grads, sizeof grads, 1, file);' : ''}
${filled.map((f) => (f.isArray ? `  fwrite(outputs.${f.name}, 1, n_${f.name}, file);` : `  fwrite(&outputs.${f.name}, sizeof outputs.${f.name}, 1, file);`)).join('\n')}
${after ? '  finish();' : ''}
  fclose(file);
  return 0;
}
`
  }
}

/** Names of the programs of this folder that C cannot spell, or keeps for itself. */
const spelled = (name) => (name === 'gamma' ? 'gamma_' : name.replace(/θ/g, 'theta'))

/** The result of a routine, as JavaScript has it, and the nanoseconds of its runs. */
export async function measureNative({ module, call, params, data, hyper, after }, { runs, seconds, env }) {
  const path = await module.executable(call, after)
  const bytes = []
  const real = (x) => bytes.push(Buffer.from(Float64Array.of(x).buffer))
  const whole = (x) => bytes.push(Buffer.from(BigInt64Array.of(BigInt(x)).buffer))
  const values = (v) => bytes.push(Buffer.from(v.buffer, v.byteOffset, v.byteLength))
  const given = (object) => new Map(Object.entries(object ?? {}).map(([k, v]) => [spelled(k), v]))
  whole(runs)
  real(seconds)
  const learned = given(params)
  for (const { name } of module.fields('params')) {
    const v = learned.get(name)
    if (typeof v === 'number') real(v)
    else values(v)
  }
  const arrays = given(data)
  const lengths = new Map()
  const fields = module.fields(call === 'forward' ? 'inputs' : 'data')
  const isLength = ({ type }) => type === 'ptrdiff_t'
  // An open length is read off the arrays: the first axis of one whose other axes are known.
  const extents = (f) => (f.shape ?? '1').split(' × ').map((e) => lengths.get(e) ?? Number(e))
  for (const { name } of fields.filter(isLength)) {
    for (const f of fields) {
      if (!f.isArray) continue
      const shape = (f.shape ?? '1').split(' × ')
      const rest = extents(f).filter((_, i) => shape[i] !== name)
      if (!shape.includes(name) || rest.some(Number.isNaN)) continue
      lengths.set(name, arrays.get(f.name).length / rest.reduce((a, b) => a * b, 1))
      break
    }
  }
  for (const f of fields) {
    if (isLength(f)) whole(lengths.get(f.name))
    else if (f.isArray) {
      const v = arrays.get(f.name)
      whole(v.length)
      values(v)
    } else real(arrays.get(f.name))
  }
  const numbers = given(hyper)
  for (const f of module.fields('hyper')) real(numbers.get(f.name))
  const sizes = new Map()
  if (call === 'forward')
    for (const f of module.fields('outputs')) {
      if (!f.isArray) continue
      sizes.set(
        f.name,
        extents(f).reduce((a, b) => a * b, 1),
      )
      whole(sizes.get(f.name))
    }
  writeFileSync(`${path}.in`, Buffer.concat(bytes))
  const { stdout } = await run(path, [`${path}.in`, `${path}.out`], { maxBuffer: 1 << 28, env })
  const out = readFileSync(`${path}.out`)
  let at = 0
  const taken = (n, Array = Float64Array) => {
    const size = n * Array.BYTES_PER_ELEMENT
    const slice = out.buffer.slice(out.byteOffset + at, out.byteOffset + at + size)
    at += size
    return new Array(slice)
  }
  const [result] = taken(1)
  const struct = (name) =>
    Object.fromEntries(
      module.fields(name).map((f) => {
        const v = taken(sizes.get(f.name) ?? f.size)
        return [f.name, f.isArray || f.size > 1 || params?.[f.name]?.length ? v : v[0]]
      }),
    )
  const found = call === 'loss' ? result : struct(call === 'forward' ? 'outputs' : 'params')
  return {
    found: after ? after.read(found, taken) : found,
    nanoseconds: stdout.trim().split('\n').map(Number),
  }
}
