import { describe, expect, test } from 'vitest'
import { analyse, compile } from '../../src/compile.ts'
import { imported } from '../../src/modules.ts'
import { neuronDrawing } from '../../src/print/drawings/drawings.ts'
import { formulas } from '../../src/print/index.ts'
import { same } from './written-out.ts'

const dense = `layer dense(D, H) {
  param W[H, D] = glorot, b[H] = zeros
  dense(x[D]) = W @ x + b
}
`

describe('a program with layers is the one with its parameters written out', () => {
  test('instances, applied several times, by path in the loss', () =>
    same(
      `batch B\ninput x[3]\ntarget y[3]\n${dense}
      layer hidden = dense(3, 3), out = dense(3, 3)
      yhat = out(tanh(hidden(tanh(hidden(x)))))
      loss J = squarederror(yhat, y) + sum(hidden.W^2) + out.W[1, 2] * hidden.b[3]`,
      `batch B\ninput x[3]\ntarget y[3]
      param hidden_W[3, 3], hidden_b[3], out_W[3, 3], out_b[3]
      yhat = out_W @ tanh(hidden_W @ tanh(hidden_W @ x + hidden_b) + hidden_b) + out_b
      loss J = squarederror(yhat, y) + sum(hidden_W^2) + out_W[1, 2] * hidden_b[3]`,
    ))

  test('families, with widths of their own, and members read', () =>
    same(
      `dim L = 3\ndim n[0..L] = 4, 5, 3, 2\nbatch B\ninput x[n[0]]\ntarget y[n[L]]\n${dense}
      layer d[l] = dense(n[l-1], n[l]) for l in 1..L
      a[0] = x
      for l in 1..L {
        z[l] = d[l](a[l-1])
        a[l] = sigmoid(z[l])
      }
      loss J = squarederror(a[L], y) + sum(d[2].W^2) + d[1].b[2] + d.b[3][1]`,
      `dim L = 3\ndim n[0..L] = 4, 5, 3, 2\nbatch B\ninput x[n[0]]\ntarget y[n[L]]
      param d_W[l][n[l], n[l-1]] for l in 1..L
      param d_b[l][n[l]] for l in 1..L
      a[0] = x
      for l in 1..L {
        z[l] = d_W[l] @ a[l-1] + d_b[l]
        a[l] = sigmoid(z[l])
      }
      loss J = squarederror(a[L], y) + sum(d_W[2]^2) + d_b[1][2] + d_b[3][1]`,
    ))

  test('a family over many steps is a list, and the recurrence a loop', () =>
    same(
      `dim D = 3, L = 20\nbatch B\ninput x[D]\ntarget y[D]\n${dense}
      layer block[l] = dense(D, D) for l in 1..L
      h[0] = x
      h[l] = tanh(block[l](h[l-1])) for l in 1..L
      loss J = squarederror(h[L], y) + sum(sum(block[l].W^2) for l in 1..L)`,
      `dim D = 3, L = 20\nbatch B\ninput x[D]\ntarget y[D]
      param block_W[l][D, D] for l in 1..L
      param block_b[l][D] for l in 1..L
      h[0] = x
      h[l] = tanh(block_W[l] @ h[l-1] + block_b[l]) for l in 1..L
      loss J = squarederror(h[L], y) + sum(sum(block_W[l]^2) for l in 1..L)`,
    ))

  test('layers hold layers, and families of them, with numbers and defaults', () =>
    same(
      `input x[4]\ntarget y[4]\n${dense}
      layer mix(D, heads = 2, scale = 1/2) {
        dim K = D / heads
        layer head[i] = dense(D, K) for i in 1..heads
        layer back = dense(K, D)
        param g[i][D] = ones for i in 1..heads
        mix(x[D]) {
          c[i] = g[i] * back(tanh(head[i](x))) for i in 1..heads
          return x + scale * sum(c[i] for i in 1..heads)
        }
      }
      layer block[l] = mix(4, scale=l/10) for l in 1..2
      layer last = mix(D=4, heads=4)
      yhat = last(block[2](block[1](x)))
      loss J = mse(yhat, y) + sum(block[2].head[1].W^2) + last.g[3][1] * block[1].back.b[2]`,
      `input x[4]\ntarget y[4]
      param block_head_W[l, i][2, 4] for l in 1..2, i in 1..2
      param block_head_b[l, i][2] for l in 1..2, i in 1..2
      param block_back_W[l][4, 2] for l in 1..2
      param block_back_b[l][4] for l in 1..2
      param block_g[l, i][4] for l in 1..2, i in 1..2
      param last_head_W[i][1, 4] for i in 1..4
      param last_head_b[i][1] for i in 1..4
      param last_back_W[4, 1], last_back_b[4]
      param last_g[i][4] for i in 1..4
      h[0] = x
      h[l] = h[l-1] + l/10 * sum(block_g[l, i] * (block_back_W[l] @ tanh(block_head_W[l, i] @ h[l-1] + block_head_b[l, i]) + block_back_b[l]) for i in 1..2) for l in 1..2
      yhat = h[2] + 1/2 * sum(last_g[i] * (last_back_W @ tanh(last_head_W[i] @ h[2] + last_head_b[i]) + last_back_b) for i in 1..4)
      loss J = mse(yhat, y) + sum(block_head_W[2, 1]^2) + last_g[3][1] * block_back_b[1][2]`,
    ))

  test('inside functions, several results, along an axis, an inner layer applied from outside', () =>
    same(
      `input x[5, 3]\ntarget y[5, 3]\n${dense}
      layer norm(D) {
        param g[D] = ones
        norm(x[..., D]) {
          s = sqrt(mean(x^2, axis=-1, keep) + 1)
          return g * x / s, s
        }
      }
      layer pair(D) {
        layer a = dense(D, D), b = dense(D, D)
        pair(x[D]) = a(x) * b(x)
      }
      layer n = norm(3), p = pair(3)
      fn twice(v) = p(p.a(v))
      u, s = n(x)
      yhat[t] = twice(u[t]) for t in 1..5
      loss J = mse(yhat, y) + sum(s)`,
      `input x[5, 3]\ntarget y[5, 3]
      param n_g[3], p_a_W[3, 3], p_a_b[3], p_b_W[3, 3], p_b_b[3]
      s = sqrt(mean(x^2, axis=-1, keep) + 1)
      u = n_g * x / s
      v[t] = p_a_W @ u[t] + p_a_b for t in 1..5
      yhat[t] = (p_a_W @ v[t] + p_a_b) * (p_b_W @ v[t] + p_b_b) for t in 1..5
      loss J = mse(yhat, y) + sum(s)`,
    ))

  test('imported, with what the layer sees in its own file', () => {
    const files: Record<string, string> = {
      'layers.net': `import { dense } from "./dense.net"
        dim WIDTH = 4
        const slope = 1/10
        fn leaky(v) = max(v, slope * v)
        layer mlp(D, K = WIDTH) {
          layer first = dense(D, WIDTH), second = dense(WIDTH, K)
          mlp(x[D]) = second(leaky(first(x)))
        }`,
      'dense.net': dense,
    }
    const resolve = (path: string) => {
      const filename = path.replace('./', '')
      return { filename, text: files[filename]! }
    }
    return same(
      `import { mlp } from "./layers.net"
      input x[3]\ntarget y[4]
      slope = sum(x)
      layer net = mlp(3)
      yhat = slope * net(x)
      output yhat
      loss J = mse(yhat, y) + sum(net.second.b^2)`,
      `input x[3]\ntarget y[4]
      param net_first_W[4, 3], net_first_b[4], net_second_W[4, 4], net_second_b[4]
      slope = sum(x)
      v = net_first_W @ x + net_first_b
      yhat = slope * (net_second_W @ max(v, v / 10) + net_second_b)
      output yhat
      loss J = mse(yhat, y) + sum(net_second_b^2)`,
      { resolve },
    )
  })

  test('functions in a layer see its parameters, constants and layers, and hide those around it', () => {
    const gate = (layer: string, c: string, x: string) =>
      `${layer}_v = ${layer}_W @ (${x}) + ${layer}_b
      ${layer}_s = sigmoid(${layer}_b * ${layer}_v)
      ${layer}_h = max(${layer}_s, ${c} * ${layer}_s) + ${layer}_last_W @ ${layer}_v + ${layer}_last_b`
    return same(
      `batch B\ninput x[3]\ntarget y[2]\nfn leaky(v) = 5 * v\n${dense}
      layer gated(N, M, scale = 2) {
        param W[M, N], b[M] = zeros
        layer last = dense(M, M)
        fn third(v) = v / 3
        const c = third(scale)
        fn leaky(v) = max(v, c * v)
        fn gate(v[M]) {
          s = sigmoid(b * v)
          return leaky(s) + last(v)
        }
        gated(x[N]) = gate(W @ x + b)
      }
      layer one = gated(3, 2), two = gated(2, 2, scale = 1)
      yhat = leaky(two(one(x)))
      output yhat
      loss J = squarederror(yhat, y)`,
      `batch B\ninput x[3]\ntarget y[2]
      param one_W[2, 3], one_b[2], one_last_W[2, 2], one_last_b[2], two_W[2, 2], two_b[2], two_last_W[2, 2], two_last_b[2]
      ${gate('one', '2/3', 'x')}
      ${gate('two', '1/3', 'one_h')}
      yhat = 5 * two_h
      output yhat
      loss J = squarederror(yhat, y)`,
    )
  })

  test('functions in layers of another file', () =>
    same(
      `import { warm } from "./layers.net"\ninput x[3]\ntarget y[3]
      layer l = warm(3)
      loss J = squarederror(l(x), y)`,
      `input x[3]\ntarget y[3]\nparam l_w[3]
      loss J = squarederror(tanh(2 * l_w * x) / 2, y)`,
      {
        resolve: () => ({
          filename: 'layers.net',
          text: 'fn half(v) = v / 2\nlayer warm(D) {\n  param w[D]\n  fn f(v) = half(tanh(2 * w * v))\n  warm(x[D]) = f(x)\n}',
        }),
      },
    ))

  test('a cell of a long recurrence', () =>
    same(
      `dim T = 15\nbatch B\ninput x[T, 2]\ntarget y[3]
      layer cell(D, H) {
        param U[H, D], W[H, H]
        cell(x[D], h[H]) = tanh(U @ x + W @ h)
      }
      layer c = cell(2, 3)
      h[0] = zeros(3)
      h[t] = c(x[t], h[t-1]) for t in 1..T
      output h[T]
      loss J = squarederror(h[T], y) + sum(c.W^2)`,
      `dim T = 15\nbatch B\ninput x[T, 2]\ntarget y[3]
      param c_U[3, 2], c_W[3, 3]
      h[0] = zeros(3)
      h[t] = tanh(c_U @ x[t] + c_W @ h[t-1]) for t in 1..T
      output h[T]
      loss J = squarederror(h[T], y) + sum(c_W^2)`,
    ))
})

describe('in the module', () => {
  const source = `batch B\ninput x[3]\ntarget y[2]\n${dense}
    layer deep(D) {
      /// keeps its width
      layer one = dense(D, D)
      deep(x[D]) = tanh(one(x))
    }
    layer out = dense(3, 2), block[l] = deep(3) for l in 1..2
    loss J = squarederror(out(block[2](block[1](x))), y)`

  test('parameters are in objects of their instances, families arrays within', async () => {
    const { code } = compile(source, { target: 'js', formulas: false })
    const module = await imported(code!)
    const params = module.init(1) as unknown as {
      out: { W: Float64Array }
      block: { one: { W: Float64Array[] } }
    }
    expect(Object.keys(params)).toEqual(['out', 'block'])
    expect(params.out.W.length).toBe(6)
    expect(params.block.one.W.map((w) => w.length)).toEqual([9, 9])
    const data = { x: new Float64Array(3), y: new Float64Array(2) }
    const loss = (p: unknown) => () => module.loss(p as never, data)
    expect(loss(params)()).toBeGreaterThanOrEqual(0)
    expect(loss({ ...params, out: undefined })).toThrow('out: expected an object with W, b')
    expect(loss({ ...params, out: { ...params.out, W: new Float64Array(5) } })).toThrow('out.W')
    expect(loss({ ...params, block: {} })).toThrow('block.one')
    expect(loss({ ...params, block: { one: { ...params.block.one, W: [params.block.one.W[0]] } } })).toThrow(
      'block.one.W',
    )
  })

  test('types have objects in objects', () => {
    const { code } = compile(source, { target: 'ts', formulas: false })
    expect(code!.replaceAll(/\/\*\*[^]*?\*\//g, '').replaceAll(/\s+/g, ' ')).toContain(
      'export interface Params { out: { W: Float64Array; b: Float64Array; }; block: { one: { W: Float64Array[]; b: Float64Array[]; }; }; }',
    )
  })

  test('gradients by what an instance has, and losses that train it', async () => {
    const { code, diagnostics } = compile(source, {
      target: 'js',
      wrt: ['block.one.W', 'x'],
      formulas: false,
    })
    expect(diagnostics).toEqual([])
    const module = await imported(code!)
    expect(module.zeros({ B: 1 })).toEqual({
      block: { one: { W: [new Float64Array(9), new Float64Array(9)] } },
      x: new Float64Array(3),
    })
    const whole = compile(source, { target: 'js', wrt: ['out'], formulas: false })
    expect(Object.keys((await imported(whole.code!)).zeros())).toEqual(['out'])
    const two = compile(`${source} for out\nloss K = sum(block.one.b[1]) for block.one.b`, {
      target: 'js',
      formulas: false,
    })
    expect(two.diagnostics).toEqual([])
    expect(two.code).toContain('stepK')
  })
})

test('neurons of layers within one equation are drawn, with a weight on each edge', () => {
  const { graph, mathematics } = analyse(
    `input x[3]\n${dense}layer a = dense(3, 4), b = dense(4, 2)\np = b(tanh(a(x)))\nloss J = sum(p^2)`,
  )
  const drawing = neuronDrawing(formulas(graph, mathematics!.written).network)!
  const ids = new Set(drawing.boxes.map(({ id }) => id))
  expect(ids.size).toBe(3 + 4 + 2)
  expect(drawing.arrows.length).toBe(3 * 4 + 4 * 2)
  for (const { from, to, label } of drawing.arrows) {
    expect(ids.has(from) && ids.has(to)).toBe(true)
    expect(label).toMatch(/^w_\{[ab],\d,\d\}$/)
  }
})
