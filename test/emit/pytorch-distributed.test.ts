/** Two processes that share a batch by DistributedDataParallel, over gloo on the loopback, come to what one comes to, where Python has torch (Debian: python3-torch). */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { folder } from '../cli/support.ts'
import { PYTHON } from './python.ts'

const SOURCE = `network Net
batch B
input x[6]
target y : index(4)
param W[9, 6], b[9], V[4, 9], c[4]
p = softmax(V @ tanh(W @ x + b) + c)
output p
loss J = crossentropy(p, y)
`

/** Of each process: its number, of how many. */
const WORKER = `
import json, os, sys
import torch
import torch.distributed as dist
sys.path.insert(0, sys.argv[1])
from net import Net

rank, world = int(sys.argv[2]), int(sys.argv[3])
torch.manual_seed(3)
model = Net(dtype=torch.float64)
x = torch.randn(12, 6, dtype=torch.float64)
y = torch.arange(12) % 4
if world > 1:
    dist.init_process_group("gloo", init_method="file://" + sys.argv[1] + "/meet", rank=rank, world_size=world)
    model = torch.nn.parallel.DistributedDataParallel(model)
    share = slice(rank * 12 // world, (rank + 1) * 12 // world)
    x, y = x[share], y[share]
optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
gradients = None
for _ in range(6):
    optimizer.zero_grad()
    model(x, y).backward()
    if gradients is None:
        gradients = [g for p in model.parameters() for g in p.grad.reshape(-1).tolist()]
    optimizer.step()
if world > 1:
    dist.destroy_process_group()
print(json.dumps({"gradients": gradients, "parameters": [v for p in model.parameters() for v in p.detach().reshape(-1).tolist()]}))
`

/** Starts both processes, and prints what they come to. */
const BOTH = `
import subprocess, sys
started = [subprocess.Popen([sys.executable, sys.argv[1] + "/worker.py", sys.argv[1], str(rank), "2"], stdout=subprocess.PIPE, text=True) for rank in range(2)]
outputs = [process.communicate()[0] for process in started]
assert all(process.returncode == 0 for process in started)
print("[" + ",".join(outputs) + "]")
`

interface Came {
  readonly gradients: readonly number[]
  readonly parameters: readonly number[]
}

test.skipIf(PYTHON === undefined)(
  `gradients and parameters are the same${PYTHON === undefined ? ' (Python has no torch here)' : ''}`,
  () => {
    const { code, diagnostics } = compile(SOURCE, { target: 'pytorch', filename: 'net.net' })
    expect(diagnostics).toEqual([])
    const dir = folder({ 'net.py': code!, 'worker.py': WORKER, 'both.py': BOTH })
    const python = (...args: string[]): unknown =>
      JSON.parse(
        execFileSync(PYTHON!, args, { encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: '1' } }),
      )
    const alone = python(join(dir, 'worker.py'), dir, '0', '1') as Came
    const both = python(join(dir, 'both.py'), dir) as Came[]
    expect(both).toHaveLength(2)
    expect(both[1]).toEqual(both[0])
    for (const what of ['gradients', 'parameters'] as const) {
      expect(both[0]![what]).toHaveLength(alone[what].length)
      both[0]![what].forEach((v, i) => expect(v).toBeCloseTo(alone[what][i]!, 12))
      expect(alone[what].some((v) => Math.abs(v) > 1e-3)).toBe(true)
    }
  },
)
