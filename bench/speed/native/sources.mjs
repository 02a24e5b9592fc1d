/** The peers in C: what stands around chainrule's module, and the layers of hand.h put together for a workload. */
import { shaped } from '../workloads.mjs'

const sizes = (workload) => {
  const layers = shaped(workload)
  const inputs = workload.input.reduce((a, b) => a * b, 1)
  return `enum { BATCH = ${workload.batch}, INPUTS = ${inputs}, OUTPUTS = ${layers.at(-1).outputs}, LEARNED = ${layers.reduce((n, l) => n + l.weights + l.biases, 0)} };\n`
}

/** Around the files NET.net.c and NET.net.h of chainrule, whose struct of parameters has the numbers in the order in which all peers have them. */
export function chainrulePeer(workload, file, header) {
  const [, name, rest] = /(\w+)_step\((?:[^,]*),[^,]*,[^,)]*(.*?)\)/.exec(header)
  const allocated = header.includes(`${name}_workspace_size(`)
  const inPlace = !allocated && header.includes(`} ${name}_workspace;`)
  return `${sizes(workload)}#include "${file}"
#define VERSION "target c, gcc " __VERSION__
static ${name}_params params;
${allocated ? 'static void *work;' : inPlace ? `static ${name}_workspace work;` : ''}
static void load(const double *from) {
  real *p = (real *)&params;
  for (int i = 0; i < LEARNED; i++) p[i] = (real)from[i];
  ${allocated ? `if (!work) work = malloc(${name}_workspace_size(BATCH));` : ''}
}
static void save(double *to) {
  const real *p = (const real *)&params;
  for (int i = 0; i < LEARNED; i++) to[i] = p[i];
}
static void step(const real *x, const real *y, real rate) {
  const ${name}_data data = {${workload.batch > 1 ? '.B = BATCH, ' : ''}.x = x, .y = y};
  ${name}_step(&params, &data, rate${rest ? `, ${inPlace ? '&' : ''}work` : ''});
}
`
}

export function handPeer(workload) {
  const layers = shaped(workload)
  const B = workload.batch
  const act = (l) => (l?.act ?? 'linear').toUpperCase()
  const names = (k) => ({ W: `W${k}`, b: layers[k].biases ? `b${k}` : 'NULL' })
  const most = Math.max(...layers.map((l) => l.weights))
  const last = layers.length - 1
  const lines = [
    '#include "hand.h"',
    '#define VERSION "gcc " __VERSION__',
    `static real turned[${most}];`,
    ...layers.flatMap((l, k) => [
      `static real W${k}[${l.weights}], a${k}[${B * l.outputs}]${l.biases ? `, b${k}[${l.biases}]` : ''}${k > 0 ? `, d${k}[${B * l.inputs}]` : ''};`,
    ]),
    'static void load(const double *from) {',
    ...layers.flatMap((l, k) => [
      `  for (int o = 0; o < ${l.outputs}; o++) for (int i = 0; i < ${l.inputs}; i++) W${k}[i * ${l.outputs} + o] = (real)from[${l.at} + o * ${l.inputs} + i];`,
      ...(l.biases
        ? [`  for (int o = 0; o < ${l.biases}; o++) b${k}[o] = (real)from[${l.at + l.weights} + o];`]
        : []),
    ]),
    '}',
    'static void save(double *to) {',
    ...layers.flatMap((l, k) => [
      `  for (int o = 0; o < ${l.outputs}; o++) for (int i = 0; i < ${l.inputs}; i++) to[${l.at} + o * ${l.inputs} + i] = W${k}[i * ${l.outputs} + o];`,
      ...(l.biases
        ? [`  for (int o = 0; o < ${l.biases}; o++) to[${l.at + l.weights} + o] = b${k}[o];`]
        : []),
    ]),
    '}',
    'static void step(const real *x, const real *y, real rate) {',
    ...layers.map(
      (l, k) =>
        `  forward(${B}, ${l.inputs}, ${l.outputs}, ${act(l)}, ${k > 0 ? `a${k - 1}` : 'x'}, ${names(k).W}, ${names(k).b}, a${k});`,
    ),
    workload.loss === 'squares'
      ? `  squares(${B}, ${layers[last].outputs}, ${act(layers[last])}, a${last}, y);`
      : `  crossentropy(${B}, ${layers[last].outputs}, a${last}, y);`,
    ...layers
      .map((l, k) => {
        const d = k === last ? `a${last}` : `d${k + 1}`
        return `  backward(${B}, ${l.inputs}, ${l.outputs}, ${act(layers[k - 1])}, ${k > 0 ? `a${k - 1}` : 'x'}, ${d}, ${names(k).W}, ${names(k).b}, ${k > 0 ? `d${k}` : 'NULL'}, turned, rate);`
      })
      .reverse(),
    '}',
  ]
  return `${sizes(workload)}${lines.join('\n')}\n`
}
