/** Modules of PyTorch against those of JavaScript, where Python has torch (Debian: python3-torch): outputs, losses, and gradients through autograd. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compile, compileAnalysed } from '../../src/compile.ts'
import { fieldAt } from '../../src/modules.ts'
import { leaves, batchExtent, fieldsOf } from '../../src/emit/fields.ts'
import { PythonNames } from '../../src/emit/pytorch/names.ts'
import type { Network } from '../../src/graph/network.ts'
import { analysedOnce } from '../support/analysed.ts'
import { FRAMEWORK_PROGRAMS } from '../support/framework-programs.ts'
import { read } from '../support/examples.ts'
import { type Loose, load, lossesOf } from '../schedule/built.ts'
import { flat } from '../schedule/written-out.ts'
import { given } from './c/given.ts'
import { PYTHON } from './python.ts'

const NETWORKS: Readonly<Record<string, string>> = {
  ...FRAMEWORK_PROGRAMS,
  rnn: read('rnn.net'),
  'functions of many kinds':
    'input x[4]\ntarget y\nparam w[4], v\np = sum(erf(w * x) + lgamma(2 + w²) + gelu(x * w) + elu(w) + atan2(w, x) + asinh(w) * max(w, v)) + softplus(v) + logsumexp(w) + std(w)\noutput p\nloss L = abs(p − y) + sigmoid(v)^3\n',
  matrices:
    'input A[3, 3]\ntarget y\nparam M[3, 3], b[3]\nS = M @ M.T + 3 * eye(3)\np = dot(b, inv(S) @ b) + logdet(S) + det(M)\noutput p\nloss L = (p − y)² + trace(A @ M)\n',
}

const nested = (value: Loose, shape: readonly number[]): unknown => {
  if (typeof value === 'number') return value
  const all = [...(value as Float64Array)]
  return shape
    .slice(1)
    .reverse()
    .reduce<unknown[]>(
      (list, n) => Array.from({ length: list.length / n }, (_, i) => list.slice(i * n, (i + 1) * n)),
      all,
    )
}

interface Case {
  readonly name: string
  readonly module: string
  readonly params: Record<string, unknown>
  readonly inputs: unknown[]
  readonly targets: unknown[]
  readonly outputs: readonly number[]
  readonly losses: readonly {
    /** The method that gives it; null where the module itself does. */
    readonly method: string | null
    readonly loss: number
    readonly gradients: readonly number[]
  }[]
}

function caseOf(name: string, source: string, module: string, folder: string): Case {
  const analysed = analysedOnce(source, name)
  expect(analysed.diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([])
  const python = compileAnalysed(analysed, { target: 'pytorch', filename: `${name}.net`, unrolled: Infinity })
  expect(python.diagnostics.map((d) => d.message)).toEqual([])
  writeFileSync(join(folder, `${module}.py`), python.code!)
  const js = compileAnalysed(analysed, { target: 'js', formulas: false, filename: `${name}.net` })
  const m = load(js.code!)
  const network: Network = js.network!
  const { params, data, lengths } = given(network, 'f64')
  const fields = fieldsOf(network, batchExtent(network.batch))
  const shapeOf = (shape: readonly unknown[]): number[] =>
    shape.map((e) => (typeof e === 'number' ? e : lengths[(e as { text: string }).text]!))
  const list = (which: typeof fields.inputs, from: Record<string, Loose>) =>
    which.flatMap(({ name: field, item }) =>
      [...leaves(item)].map(({ leaf, path }) => ({
        name: leaf.name,
        value: nested(
          path.reduce<Loose>((v, i) => (v as Loose[])[i]!, fieldAt(from as never, field) as Loose),
          shapeOf(leaf.shape),
        ),
      })),
    )
  // The names that the module gives.
  const names = new PythonNames()
  const own = new Map(
    [...network.params, ...network.data, ...network.hypers].map(({ symbol }) => [
      symbol.name,
      names.fresh(symbol.name),
    ]),
  )
  return {
    name,
    module,
    params: Object.fromEntries(list(fields.params, params).map((p) => [own.get(p.name)!, p.value])),
    inputs: list(fields.inputs, data).map((p) => p.value),
    targets: list(fields.targets, data).map((p) => p.value),
    outputs: Object.values(m.forward(params, data)).flatMap(flat),
    losses: lossesOf(m).map(({ suffix, backward }) => {
      const grads = m.zeros()
      const loss = backward(params, data, grads)
      return {
        method: suffix === '' ? null : `loss_${suffix}`,
        loss,
        gradients: Object.values(grads).flatMap(flat),
      }
    }),
  }
}

const DRIVER = `
import importlib, json, sys
import torch
sys.path.insert(0, sys.argv[1])
found = []
for case in json.load(open(sys.argv[1] + "/cases.json")):
    module = importlib.import_module(case["module"])
    classes = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, torch.nn.Module)]
    model = classes[0]()
    with torch.no_grad():
        for name, value in case["params"].items():
            getattr(model, name).copy_(torch.tensor(value, dtype=torch.float64))
    outputs = model(*case["inputs"]) if case["targets"] else model(*case["inputs"])
    outputs = list(outputs.values()) if isinstance(outputs, dict) else [outputs]
    losses = []
    for wanted in case["losses"]:
        model.zero_grad()
        asked = model if wanted["method"] is None else getattr(model, wanted["method"])
        loss = asked(*case["inputs"], *case["targets"])
        (2 * loss).backward()
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in model.parameters()]
        losses.append({"loss": loss.item(), "gradients": [x / 2 for g in gradients for x in g.reshape(-1).tolist()]})
    found.append({"outputs": [x for o in outputs for x in o.detach().reshape(-1).tolist()], "losses": losses})
print(json.dumps(found))
`

test.skipIf(PYTHON === undefined)('outputs, losses and gradients are those of JavaScript', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-pytorch-'))
  try {
    const cases = Object.entries(NETWORKS).map(([name, source], i) =>
      caseOf(name, source, `case${i}`, folder),
    )
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases))
    writeFileSync(join(folder, 'driver.py'), DRIVER)
    const printed = execFileSync(PYTHON!, [join(folder, 'driver.py'), folder], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
    const found = JSON.parse(printed) as Pick<Case, 'outputs' | 'losses'>[]
    expect(found).toHaveLength(cases.length)
    cases.forEach(({ name, ...want }, i) => {
      const near = (what: string, got: readonly number[], wanted: readonly number[]): void => {
        expect(got.length, `${name}: ${what}`).toBe(wanted.length)
        const scale = Math.max(0.1, ...wanted.map(Math.abs))
        const off = Math.max(0, ...got.map((x, k) => Math.abs(x - wanted[k]!)))
        expect(off, `${name}: ${what}`).toBeLessThanOrEqual(1e-10 * scale)
      }
      near('outputs', found[i]!.outputs, want.outputs)
      expect(found[i]!.losses).toHaveLength(want.losses.length)
      want.losses.forEach(({ loss, gradients }, k) => {
        near('loss', [found[i]!.losses[k]!.loss], [loss])
        near('gradients', found[i]!.losses[k]!.gradients, gradients)
      })
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what has no equal is told', () => {
  const text =
    'dim T\ninput x[t] for t in 1..T\ntarget y\nparam w\nh[0] = 0\nh[t] = w * x[t] + h[t-1] for t in 1..T\nloss L = (h[T] − y)²\n'
  const { code, diagnostics } = compile(text, { target: 'pytorch' })
  expect(code).toBeUndefined()
  expect(diagnostics.map((d) => d.message).join()).not.toBe('')
})
