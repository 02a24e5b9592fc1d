import { ONE, rational } from '../../base/rational.ts'
import type { Node } from '../../graph/node.ts'
import { type Formulas, type Line, namesOf } from './formulas.ts'
import { BINDING, type Layout, big, bracket, fraction, letter, number, row, sign } from '../layout/layout.ts'
import { indexed, lettersIn, ofOneSample } from '../expressions/sample-index.ts'
import { toText } from '../layout/text.ts'
import { vocabulary } from '../words.ts'

/** Letters for the number of a sample, the usual one first. */
const LETTERS = [...'insmkbjt']

/**
 * The formulas with the samples of the batch in them: what depends on data has a sample's index, the loss is the mean over
 * the samples, and so is each gradient by a parameter. What is the same for all samples stands outside of the sum.
 */
export function overSamples(found: Formulas, batch: string | number): Formulas {
  const { network, language } = found
  const names = namesOf(network)
  const all = [...found.forward, ...found.errorTerms, ...found.gradients]
  const taken = lettersIn(all.flatMap(({ left, right }) => [left, right]))
  const index = letter(LETTERS.find((c) => !taken.has(c)) ?? 'ι')
  const varying = new Map<string, Layout>()
  const vary = (name: Layout): void => void varying.set(toText(name), indexed(name, index))
  for (const { symbol } of network.data) if (symbol.samples !== undefined) vary(names.of(symbol.name))
  for (const { name, node } of network.equations)
    if (varies(node) || node === network.loss?.node) vary(names.of(name))
  for (const { left, node } of found.errorTerms) if (left.kind !== 'derivative' && varies(node)) vary(left)

  const sampled = (l: Layout): Layout => ofOneSample(l, varying)
  const each = (line: Line): Line => ({ ...line, left: sampled(line.left), right: sampled(line.right) })
  const size = typeof batch === 'number' ? number(rational(batch)) : names.of(batch)
  const share = fraction(number(ONE), size)
  const loss = network.loss && names.of(network.loss.name)
  const params = new Set([...network.params, ...network.hypers].map(({ symbol }) => symbol.name))
  const isMean = ({ name, left }: Line): boolean =>
    params.has(name) && left.kind === 'derivative' && loss !== undefined && toText(left.of) === toText(loss)
  const lossMean: readonly Line[] = loss
    ? [
        {
          name: network.loss!.name,
          left: loss,
          right: mean(share, index, [indexed(loss, index)], []),
          node: network.loss!.node,
          mean: true,
        },
      ]
    : []
  const words = vocabulary(language)
  const note = words.samples(toText(index), toText(size))
  return {
    network,
    forward: [...found.forward.map(each), ...lossMean],
    errorTerms: found.errorTerms.map(each),
    gradients: found.gradients.map((line) =>
      isMean(line) ? { ...line, right: meanOf(sampled(line.right), share, index), mean: true } : each(line),
    ),
    notes: [...found.notes.filter((text) => text !== words.oneSample(String(network.batch))), note],
    language,
  }
}

const varies = (node: Node): boolean => node.samples !== undefined

/** The mean of a formula: terms without the index are their own mean. */
function meanOf(l: Layout, share: Layout, index: Layout): Layout {
  if (l.kind !== 'row' || l.level > BINDING.sum) return has(l, index) ? mean(share, index, [l], []) : l
  const inside: Layout[] = []
  const outside: Layout[] = []
  let term: Layout[] = []
  const close = (): void => {
    if (term.length > 0) (term.some((part) => has(part, index)) ? inside : outside).push(...term)
    term = []
  }
  for (const item of l.items) {
    if (item.kind === 'operator' && (item.sign === '+' || item.sign === '−')) close()
    term.push(item)
  }
  close()
  return inside.length === 0 ? l : mean(share, index, inside, outside)
}

/** 1/B Σᵢ of some terms, and others after it. */
function mean(share: Layout, index: Layout, inside: readonly Layout[], outside: readonly Layout[]): Layout {
  const [first, ...rest] = inside
  const isPlus = first!.kind === 'operator' && first!.sign === '+'
  const body = row(isPlus ? rest : inside, inside.length > 1 ? BINDING.sum : BINDING.dot)
  const terms = inside.length === 1 ? inside[0]! : body
  const sum = row([share, big(index, bracket(terms, BINDING.hadamard))], BINDING.hadamard)
  return outside.length === 0 ? sum : row([sum, ...signed(outside)], BINDING.sum)
}

/** A sign before the first of some terms, which stand after others. */
function signed(terms: readonly Layout[]): Layout[] {
  const [first, ...rest] = terms
  if (first!.kind !== 'operator') return [sign('+'), ...terms]
  return [sign(first!.sign), ...rest]
}

const has = (l: Layout, index: Layout): boolean =>
  lettersIn([l]).has((index as Layout & { kind: 'letter' }).text)
