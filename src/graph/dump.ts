import { isOne, isZero, rationalKey } from '../base/rational.ts'
import { extentText, shapeText } from './extent.ts'
import { BATCH, type Node } from './node.ts'
import { lastOf } from './scan.ts'
import { topological } from './traverse.ts'

const letters = 'ijklmnopqrstuvwabcdefgh'
const letter = (l: number): string => letters[l] ?? `#${l}`

/** One line per node, arguments before users: for tests, `--dump` and people who debug. Deterministic. */
export function dump(roots: Readonly<Record<string, Node>>): string {
  const names = new Map<Node, string>()
  const lines: string[] = []
  let count = 0
  for (const node of topological(Object.values(roots))) {
    const name =
      node.kind === 'symbol'
        ? node.symbol.name
        : node.kind === 'constant'
          ? rationalKey(node.value)
          : `%${count++}`
    names.set(node, name)
    if (node.kind !== 'symbol' && node.kind !== 'constant')
      lines.push(`${name} = ${line(node, (n) => names.get(n)!)}  : ${shapeText(node.shape)}`)
  }
  for (const [key, node] of Object.entries(roots)) lines.push(`${key}: ${names.get(node)!}`)
  return lines.join('\n')
}

function line(node: Node, name: (n: Node) => string): string {
  switch (node.kind) {
    case 'constant':
      return rationalKey(node.value)
    case 'symbol':
      return node.symbol.name
    case 'delta':
      return 'delta'
    case 'basis':
      return `basis ${node.index + 1}`
    case 'iota':
      return 'iota'
    case 'bracket': {
      const terms = [
        ...node.coefficients.map((c, axis) => `${c === 1 ? '' : `${c}·`}${letter(axis)}`),
        ...node.args.map(
          (a, k) =>
            `${node.multiples[k] === 1 ? '' : `${node.multiples[k]!}·`}${name(a)}[${node.labels[k]!.map(letter).join('')}]`,
        ),
        ...(node.offset === 0 ? [] : [extentText(node.offset)]),
      ]
      return `[${terms.join(' + ')} ${node.relation} 0]`
    }
    case 'equation':
      return `${node.role === 'adjoint' ? 'adjoint ' : ''}${node.name} := ${name(node.body)}`
    case 'sum': {
      const terms = node.args.map(
        (a, i) => `${isOne(node.coefficients[i]!) ? '' : `${rationalKey(node.coefficients[i]!)}·`}${name(a)}`,
      )
      return `sum ${[...terms, ...(isZero(node.constant) ? [] : [rationalKey(node.constant)])].join(' + ')}`
    }
    case 'product': {
      const out = node.shape.map((_, i) => letter(i)).join('')
      const factors = node.args.map((a, i) => {
        const exponent = node.exponents[i]!
        return `${name(a)}[${node.labels[i]!.map(letter).join('')}]${isOne(exponent) ? '' : `^${rationalKey(exponent)}`}`
      })
      return `${node.extents.length > node.shape.length ? 'contract' : 'product'} [${out}] ${[...(isOne(node.coefficient) ? [] : [rationalKey(node.coefficient)]), ...factors].join(' · ')}`
    }
    case 'scan': {
      const { index, from, falls, families, reads, histories, takes, initial, bodies } = node.scan
      const last = extentText(lastOf(node.scan))
      const range = falls ? `${last}..${extentText(from)}` : `${extentText(from)}..${last}`
      const seen = takes.map(
        (t) => `${t.symbol.symbol.name} = ${name(t.of)} at ${t.offset < 0 ? '−' : '+'}${Math.abs(t.offset)}`,
      )
      const before = reads.map((r) => `${r.symbol.symbol.name} = #${r.which + 1} ${r.back} back`)
      const all = histories.map((h) => `${h.symbol.symbol.name} = all of #${h.which + 1} so far`)
      const own = families.map(
        (f, k) => `#${k + 1} ${f.name} = ${initial[k] ? `${name(initial[k])}, ` : ''}${name(bodies[k]!)}`,
      )
      return `scan #${node.which + 1} over ${index.symbol.name} in ${range} {${[...own, ...before, ...all, ...seen].join('; ')}}`
    }
    case 'derivative':
      return `d ${name(node.of)} / d ${name(node.by)}${node.held.length > 0 ? ` holding ${node.held.map(name).join(', ')}` : ''}`
    case 'apply':
      return `${node.op.name}${node.axes.length > 0 ? `{${node.axes.map((a) => (a === BATCH ? 'batch' : a + 1)).join()}}` : ''} ${node.args.map(name).join(', ')}`
  }
}
