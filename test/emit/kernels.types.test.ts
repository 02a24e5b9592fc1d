/** The kernels of real programs as TypeScript, under every compiler that people have. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import type { ScheduleOptions } from '../../src/schedule/index.ts'
import { derivedOf, emitted } from '../schedule/built.ts'
import { everyNth } from '../support/campaign.ts'

const layers = (n: number): string =>
  Array.from({ length: n }, (_, i) => `z${i + 1} = tanh(w * z${i} + b)\n`).join('')

const PROGRAMS: Record<string, { text: string; options?: Partial<ScheduleOptions> }> = {
  scalars: {
    text: 'input x[2]\ntarget y\nparam W[2, 2], v[2], c\nh = sigmoid(W @ x)\nloss J = (v @ h + c - y)^2',
  },
  tiles: {
    text: 'batch B\ninput x[30]\ntarget y[7] : onehot\nparam W[22, 30], b[22], V[7, 22]\nh = relu(W @ x + b)\np = softmax(V @ h)\noutput p\nloss J = crossentropy(p, y)',
  },
  single: {
    text: 'input x[60]\nparam W[50, 60], V[50, 50]\nloss J = sum(tanh(V @ tanh(W @ x))^2)',
    options: { precision: 'f32' },
  },
  picks: {
    text: 'batch B\ninput x[5, 6]\ntarget y\nparam w[6], s\nhyper k = 2\nm = max(x * w, axis=2)\nloss J = where(s < y, k * max(m) + softplus(s), erf(sum(m)) + gelu(s)) + norm(w)',
    options: { mode: 'loops' },
  },
  matrices: {
    text: 'batch B\ninput x[3]\nparam A[3, 3]\nM = A @ A.T + 4 * eye(3)\nloss J = x @ inv(M) @ x + logdet(M) + det(M + outer(x, x))',
  },
  open: {
    text: 'dim T\nbatch B\ninput x[T], s\nparam w, v[3]\nloss J = sum(tanh(w * x)) * s + mean(v)^2 / T',
  },
  long: { text: `batch B\ninput x\nparam w, b\nz0 = x\n${layers(150)}loss J = z150^2` },
  turns: {
    text: 'batch B\ndim L = 9, D = 4\nparam W[l][D, D] for l in 1..L\nparam s[l] for l in 1..L\ninput x[D]\ntarget y[D]\na[0] = x\nfor l in 1..L { a[l] = tanh(s[l] * (W[l] @ a[l-1])) }\noutput a[L]\nloss E = squarederror(a[L], y)',
    options: { mode: 'loops' },
  },
  words: {
    text: 'input let[2], i\nparam class[2, 2], s\nb = class @ let\nloss new = sum(b^2) * s + i * s',
  },
}

const RECURRENCE =
  'dim T = 14, D = 3\nparam U[D, D]\ninput x[t][D] for t in 1..T\nh[0] = ones(D)\nfor t in 1..T { h[t] = tanh(U @ h[t-1] + x[t]) }\nloss E = sum(h[T]^2)'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kernels-'))
  mkdirSync(join(folder, 'src'))
  for (const [id, { text, options }] of Object.entries(PROGRAMS)) {
    const { derived } = derivedOf(text)
    writeFileSync(
      join(folder, 'src', `${id}.net.ts`),
      emitted(derived, { precision: 'f64', ...options }, 'ts'),
    )
  }
  for (const [id, checkpoint] of [
    ['steps', false],
    ['segments', 4],
  ] as const)
    writeFileSync(
      join(folder, 'src', `${id}.net.ts`),
      compile(RECURRENCE, { checkpoint, precision: 'f32', unrolled: 2 }).code!,
    )
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const OPTIONS = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noUnusedLocals: true,
  noImplicitReturns: true,
  noEmit: true,
  skipDefaultLibCheck: true,
  target: 'ES2022',
  lib: ['ES2022'],
  module: 'ESNext',
  moduleResolution: 'bundler',
  types: [],
  isolatedModules: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
}

for (const compiler of everyNth(['typescript5', 'typescript', 'typescript7'], 3, 2))
  test(`strict under ${compiler}`, async () => {
    const config = join(folder, `${compiler}.json`)
    writeFileSync(config, JSON.stringify({ compilerOptions: OPTIONS, include: ['src'] }))
    const bin = join(root, 'node_modules', compiler, 'bin', 'tsc')
    const said = await promisify(execFile)('node', [bin, '-p', config]).then(
      () => '',
      (e: { stdout: string }) => e.stdout,
    )
    expect(said).toBe('')
  })
