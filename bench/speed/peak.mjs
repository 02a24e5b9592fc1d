/* global WebAssembly */
/** The machine's own peak in one thread, GFLOP/s: as many independent multiplications with additions as registers hold. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How many sums run side by side. */
const SUMS = 12

const c = (real, width) => `#include <stdio.h>
#include <time.h>
typedef ${real} v __attribute__((vector_size(${width})));
int main(void) {
  v s[${SUMS}], a, b;
  volatile ${real} one = 1, small = (${real})1e-9;
  for (int k = 0; k < (int)(sizeof a / sizeof a[0]); k++) a[k] = one, b[k] = small;
  for (int i = 0; i < ${SUMS}; i++) s[i] = a;
  double best = 0;
  for (int t = 0; t < 7; t++) {
    const long n = 4000000;
    const clock_t before = clock();
    for (long k = 0; k < n; k++) {
${Array.from({ length: SUMS }, (_, i) => `      s[${i}] = s[${i}] * a + b;`).join('\n')}
      __asm__ volatile("" : "+x"(a));
    }
    const double rate = 2.0 * n * ${SUMS} * (sizeof a / sizeof a[0]) / (double)(clock() - before) * CLOCKS_PER_SEC / 1e9;
    if (rate > best) best = rate;
  }
  volatile v keep = s[0];
  for (int i = 1; i < ${SUMS}; i++) keep = keep + s[i];
  printf("%.1f\\n", best);
  return 0;
}
`

/** Of the widest vectors that gcc takes for this machine. */
function ofC(folder, precision) {
  const real = precision === 'f64' ? 'double' : 'float'
  const macros = execFileSync('gcc', ['-march=native', '-dM', '-E', '-'], { input: '', encoding: 'utf8' })
  const width = macros.includes('__AVX512F__') ? 64 : macros.includes('__AVX__') ? 32 : 16
  const source = join(folder, `peak-${precision}.c`)
  const binary = join(folder, `peak-${precision}`)
  writeFileSync(source, c(real, width))
  execFileSync('gcc', ['-O3', '-march=native', '-Wno-psabi', source, '-o', binary])
  return Number(execFileSync(binary, { encoding: 'utf8' }))
}

/** A module with one function of a number of turns, in each of which every sum is multiplied and added to, on 128-bit vectors. */
function ofWasm(precision) {
  const unsigned = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...unsigned(n >>> 7)])
  const sized = (bytes) => [...unsigned(bytes.length), ...bytes]
  const section = (id, bytes) => [id, ...sized(bytes)]
  const [splat, multiply, add] = precision === 'f64' ? [0x14, 0xf2, 0xf0] : [0x13, 0xe6, 0xe4]
  const simd = (op) => [0xfd, ...unsigned(op)]
  const constant = (v) => {
    const bytes = new DataView(new ArrayBuffer(8))
    if (precision === 'f64') bytes.setFloat64(0, v, true)
    else bytes.setFloat32(0, v, true)
    const length = precision === 'f64' ? 8 : 4
    return [precision === 'f64' ? 0x44 : 0x43, ...new Uint8Array(bytes.buffer, 0, length), ...simd(splat)]
  }
  const [a, b, first] = [1, 2, 3]
  const sums = Array.from({ length: SUMS }, (_, i) => first + i)
  const body = [
    ...[1, SUMS + 2, 0x7b],
    ...[...constant(0.999999), 0x21, a, ...constant(1e-6), 0x21, b],
    ...[0x03, 0x40],
    ...sums.flatMap((s) => [0x20, s, 0x20, a, ...simd(multiply), 0x20, b, ...simd(add), 0x21, s]),
    ...[0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    ...[0x20, first, ...sums.slice(1).flatMap((s) => [0x20, s, ...simd(add)])],
    ...[...simd(precision === 'f64' ? 0x21 : 0x1f), 0, ...(precision === 'f64' ? [] : [0xbb]), 0x0b],
  ]
  const module = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7c]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...sized([0x66]), 0, 0]),
    ...section(10, [1, ...sized(body)]),
  ]
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(module))).exports
  return best(f, 2e6, 2 * SUMS * (precision === 'f64' ? 2 : 4))
}

function best(run, turns, operations) {
  let rate = 0
  for (let t = 0; t < 7; t++) {
    const before = process.cpuUsage()
    run(turns)
    const { user } = process.cpuUsage(before)
    rate = Math.max(rate, (operations * turns) / user / 1000)
  }
  return rate
}

/** Doubles, whatever the precision: numbers of JavaScript. */
function ofJavaScript() {
  const sums = Array.from({ length: SUMS }, (_, i) => `s${i}`)
  const run = new Function(
    'n',
    `let ${sums.map((s) => `${s} = 1.5`).join(', ')}; const a = 0.999999, b = 1e-6;
for (let i = 0; i < n; i++) { ${sums.map((s) => `${s} = ${s} * a + b;`).join(' ')} }
return ${sums.join(' + ')}`,
  )
  return best(run, 3e6, 2 * SUMS)
}

export function peaks(folder, precision, hasC) {
  return {
    ...(hasC ? { C: ofC(folder, precision) } : {}),
    'WebAssembly SIMD': ofWasm(precision),
    JavaScript: ofJavaScript(),
  }
}
