/** Drawings: what is in them, and that every format of them can be read by what it is for. */
import { instance } from '@viz-js/viz'
import { expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import type { Drawing } from '../../src/print/drawings/drawing.ts'
import {
  cellDrawing,
  dot,
  expressionDrawing,
  layerDrawing,
  mermaid,
  neuronDrawing,
  svg,
} from '../../src/print/drawings/drawings.ts'
import { formulas, recurrentFormulas } from '../../src/print/index.ts'
import { LONG } from '../support/campaign.ts'
import { brief, closed, read } from '../support/examples.ts'
import { wellFormed } from './xml.ts'

const example = (name: string): string => read(`${name}.net`)

function drawingsOf(text: string): { neurons?: Drawing | undefined; layers: Drawing; passes: Drawing } {
  const { graph, mathematics } = analyse(text)
  const { network } = mathematics!.written
  const found = formulas(graph, mathematics!.written)
  return {
    neurons: neuronDrawing(network),
    layers: layerDrawing(found),
    passes: expressionDrawing(graph, found, { backward: true }),
  }
}

/** `x₁ –w₁₁→ h₁` for every arrow. */
function arrowsOf({ boxes, arrows }: Drawing): string[] {
  const labels = new Map(boxes.map(({ id, lines }) => [id, lines.join(' ')]))
  return arrows.map(
    ({ from, to, label = '', dashed }) =>
      `${labels.get(from)} ${dashed ? '··' : '–'}${label}→ ${labels.get(to)}`,
  )
}

test('the neurons of the text that works with numbers', () => {
  const { neurons } = drawingsOf(example('worked'))
  expect(arrowsOf(neurons!)).toEqual([
    'x₁ –w₁₁→ h₁',
    'x₂ –w₂₁→ h₁',
    'x₁ –w₁₂→ h₂',
    'x₂ –w₂₂→ h₂',
    'h₁ –w₁₁⁽²⁾→ ŷ₁',
    'h₂ –w₂₁⁽²⁾→ ŷ₁',
  ])
  expect(neurons!.boxes.map(({ kind }) => kind)).toEqual(['input', 'input', 'value', 'value', 'output'])
})

test('columns: a weight W₂₁ leads from the first to the second; z, a and ŷ of scalars are two neurons', () => {
  const { neurons } = drawingsOf(
    'input x[2]\ntarget t\nparam W[3, 2], v[3]\nh = tanh(W @ x)\ny = dot(v, h)\noutput y\nloss L = (y - t)^2',
  )
  expect(arrowsOf(neurons!)).toContain('x₁ –w₂₁→ h₂')
  expect(arrowsOf(neurons!)).toContain('h₃ –v₃→ y')
  expect(arrowsOf(drawingsOf(example('scalar')).neurons!)).toEqual(['x –w₁→ a₁', 'a₁ –w₂→ ŷ'])
})

test('a value that is used again stays a neuron of its own', () => {
  const { neurons } = drawingsOf(
    'input x[2]\ntarget t[2]\nparam W[2, 2]\nz = W @ x\na = tanh(z)\ny = a + z\noutput y\nloss L = squarederror(y, t)',
  )
  expect(arrowsOf(neurons!).slice(4)).toEqual(
    ['z₁ –→ a₁', 'z₂ –→ a₂', 'z₁ –→ y₁', 'z₂ –→ y₂', 'a₁ –→ y₁', 'a₂ –→ y₂'].sort(
      (a, b) => arrowsOf(neurons!).indexOf(a) - arrowsOf(neurons!).indexOf(b),
    ),
  )
})

test('no neurons of large layers, of matrices, of open lengths', () => {
  const with_ = (n: string): string =>
    `dim D${n}\ninput x[D]\ntarget t\nparam w[D]\ny = dot(w, x)\noutput y\nloss L = (y - t)^2`
  expect(drawingsOf(with_(' = 5')).neurons).toBeDefined()
  expect(drawingsOf(with_(' = 100')).neurons).toBeUndefined()
  expect(drawingsOf(with_('')).neurons).toBeUndefined()
  expect(
    drawingsOf('input X[2, 2]\nparam W[2, 2]\nY = X @ W\noutput Y\nloss L = sum(Y^2)').neurons,
  ).toBeUndefined()
})

test('layers: data and equations with their spaces', () => {
  expect(arrowsOf(drawingsOf(example('iris')).layers)).toEqual([
    'x ∈ ℝ⁴ –→ z_h = W₁x + b₁ ∈ ℝ¹⁶',
    'z_h = W₁x + b₁ ∈ ℝ¹⁶ –→ h = tanh(z_h) ∈ ℝ¹⁶',
    'h = tanh(z_h) ∈ ℝ¹⁶ –→ p = softmax(W₂h + b₂) ∈ ℝ³',
    'p = softmax(W₂h + b₂) ∈ ℝ³ –→ C = −yᵀ log(p) + ½λ·(‖W₁‖_F² + ‖W₂‖_F²)',
    'y ∈ ℝ³ –→ C = −yᵀ log(p) + ½λ·(‖W₁‖_F² + ‖W₂‖_F²)',
  ])
  const open = drawingsOf('dim m, n\ninput X[m, n]\nparam w[n]\nu = X @ w\nloss L = sum(u^2)').layers
  expect(open.boxes.map(({ lines }) => lines[1])).toEqual(['∈ ℝ^(m×n)', '∈ ℝ^m', undefined])
})

test('expressions, the backward pass beside them', () => {
  const { passes } = drawingsOf(example('worked'))
  const lines = (pass: string): string[] =>
    passes.boxes.filter(({ group }) => group === pass).map((box) => box.lines.join())
  expect(lines('forward')).toEqual([
    'W₁',
    'x',
    'z_h = xW₁',
    'h = σ(z_h)',
    'W₂',
    'ŷ = hW₂',
    't',
    'v₁ = ŷ − t',
    'v₂ = ‖v₁‖²',
    'L = ½v₂',
  ])
  expect(lines('backward').sort()).toEqual(
    [
      'v₃ = δ_ŷ W₂ᵀ',
      'δ_ŷ = v₁',
      'v₄ = 1 − h',
      'δ_{z_h} = v₃ ⊙ v₄ ⊙ h',
      '∂L/∂W₁ = xᵀδ_{z_h}',
      '∂L/∂W₂ = hᵀδ_ŷ',
    ].sort(),
  )
  expect(arrowsOf(passes)).toContain('x ··→ ∂L/∂W₁ = xᵀδ_{z_h}')
  expect(arrowsOf(passes)).toContain('δ_{z_h} = v₃ ⊙ v₄ ⊙ h –→ ∂L/∂W₁ = xᵀδ_{z_h}')
})

test('names that a program has are no names of operations', () => {
  const { passes } = drawingsOf('input v1\nparam v2\nloss L = (v1 * v2 - 1)^2')
  expect(passes.boxes.map(({ lines }) => lines[0])).toContain('u₁ = v₁v₂')
})

/** Boxes of which a picture is made: the layout of hundreds takes seconds. */
const LAID_OUT = LONG ? Infinity : 100

test.each(closed)(
  '%s: Graphviz reads DOT, SVG is XML, Mermaid has a line for each box and arrow',
  async (name) => {
    const viz = await instance()
    for (const drawing of Object.values(drawingsOf(brief(name)))) {
      if (!drawing) continue
      // To read it takes no layout, which takes seconds.
      expect(
        viz.render(dot(drawing), { format: 'canon' }).errors.filter(({ level }) => level !== 'warning'),
      ).toEqual([])
      if (drawing.boxes.length <= LAID_OUT) {
        const picture = await svg(drawing)
        wellFormed(picture)
        expect(picture).not.toMatch(/NaN|undefined/)
        expect(picture).toBe(await svg(drawing))
      }
      const lines = mermaid(drawing).split('\n')
      expect(lines.filter((line) => /^ +n\d+ -/.test(line))).toHaveLength(drawing.arrows.length)
      expect(lines.filter((line) => /^ +n\d+[[(]/.test(line))).toHaveLength(drawing.boxes.length)
    }
  },
)

test('no text leaves its place', async () => {
  const hostile = `a"];x->y;//<script>alert(1)</script>&amp;\\N\\"#quot;\`]]-->|%%{init}%%\n\u0000`
  const box = (id: string) => ({ id, lines: [hostile, hostile], kind: 'value', group: 'g' }) as const
  for (const round of [true, false])
    for (const groups of [[], [{ id: 'g', title: hostile }]]) {
      const boxes = [box('n1'), box('n2')]
      const arrows = [{ from: 'n1', to: 'n2', label: hostile }]
      const drawing: Drawing = { title: hostile, round, direction: 'right', groups, boxes, arrows }
      const picture = wellFormed(await svg(drawing))
      expect(picture.getElementsByTagName('script')).toHaveLength(0)
      const rendered = (await instance()).renderJSON(dot({ ...drawing, title: 'T' })) as {
        objects: unknown[]
      }
      expect(rendered.objects).toHaveLength(2 + groups.length)
      expect(mermaid(drawing)).not.toMatch(/<script|#quot;|`|%%|"\]\s*;|\u0000/)
      expect(mermaid(drawing).split('\n')).toHaveLength(6 + 2 * groups.length)
    }
})

test('a recurrence is one step, with arrows back to it', async () => {
  const { graph, recurrent } = analyse(
    `dim T
input x[t][2] for t in 1..T
target y
param W[3, 2], U[3, 3], s
h[0] = s * ones(3)
for t in 1..T {
  z[t] = W @ x[t] + U @ h[t-1]
  h[t] = 0.5 * h[t-1] + tanh(z[t])
}
loss J = (sum(h[T]) - y)^2`,
    { recurrences: true },
  )
  const drawing = cellDrawing(recurrentFormulas(graph, recurrent!))
  const cell = drawing.groups[0]!
  expect(drawing.groups).toEqual([{ id: cell.id, title: 't = 1, …, T' }])
  const inCell = drawing.boxes.filter(({ group }) => group === cell.id).map(({ lines }) => lines.join(' '))
  expect(inCell).toEqual(['x⁽ᵗ⁾ ∈ ℝ²', 'z⁽ᵗ⁾ = Wx⁽ᵗ⁾ + Uh⁽ᵗ⁻¹⁾ ∈ ℝ³', 'h⁽ᵗ⁾ = ½h⁽ᵗ⁻¹⁾ + tanh(z⁽ᵗ⁾) ∈ ℝ³'])
  const [x, z, h] = inCell
  expect(arrowsOf(drawing)).toEqual(
    expect.arrayContaining([
      `${x} –→ ${z}`,
      `${h} ··t − 1→ ${z}`,
      `${z} –→ ${h}`,
      `${h} ··t − 1→ ${h}`,
      `h⁽⁰⁾ = s𝟏 ∈ ℝ³ –→ ${h}`,
    ]),
  )
  const inside = arrowsOf(drawing).filter((a) => a.includes('t = T→'))
  expect(inside).toEqual([`${h} –t = T→ z_J = Σᵢ hᵢ⁽ᵀ⁾`])
  const picture = await svg(drawing)
  wellFormed(picture)
  // Nothing stands above the edge or to the left of it, loops and the frame's title included.
  expect(picture).not.toMatch(/ (?:x|y|cx|cy)="-/)
  expect(picture).toContain('t = 1, …, T')
})
