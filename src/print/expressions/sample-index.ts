/** Values of the samples of a batch: names with the number of a sample, xⱼ, and what is taken over all of them, Σⱼ xⱼ. */
import { BATCH, type ApplyNode, type Node } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'
import {
  BINDING,
  type Layout,
  big,
  bracket,
  call,
  fence,
  functionName,
  letter,
  list,
  partsOf,
  row,
  script,
  sign,
} from '../layout/layout.ts'
import { mapLayout } from '../layout/map-layout.ts'
import { toText } from '../layout/text.ts'
import type { Writer } from './contract.ts'

/** Letters for the number of a sample within what is taken over all of them, the usual one first. */
const LETTERS = [...'jklmnsbt']

/** The texts of all single letters in some layouts. */
export function lettersIn(layouts: readonly Layout[]): Set<string> {
  const found = new Set<string>()
  const work = [...layouts]
  for (let l = work.pop(); l; l = work.pop()) {
    if (l.kind === 'letter') found.add(l.text)
    work.push(...partsOf(l))
  }
  return found
}

/** The name of one sample's value: xᵢ, and with an index of its own a_{2,i}. */
export function indexed(name: Layout, index: Layout): Layout {
  if (name.kind !== 'script') return script(bracket(name, BINDING.atom), index, undefined)
  return script(name.base, name.sub ? list([name.sub, index]) : index, name.sup)
}

/** A layout in which the names of what differs between samples have an index: `varying` has these by their texts. */
export const ofOneSample = (l: Layout, varying: ReadonlyMap<string, Layout>): Layout =>
  mapLayout(l, (part) => (isOverSamples(part) ? part : ofSample(part, varying)))

/** The name of one sample's value in place of a name, whatever is raised on it: (a₁)ᵀ, a₁². */
function ofSample(part: Layout, varying: ReadonlyMap<string, Layout>): Layout | undefined {
  if (!['letter', 'script', 'accent', 'derivative'].includes(part.kind)) return undefined
  const whole = varying.get(toText(part))
  if (whole || part.kind !== 'script' || !part.sub || !part.sup) return whole
  const { base, sub, sup } = part
  const name = varying.get(toText(script(base, sub, undefined)))
  return name?.kind === 'script' ? { ...part, sub: name.sub, sup } : undefined
}

/** Whether something runs over the samples itself: the names in it have their index. */
function isOverSamples(l: Layout): boolean {
  const bound =
    l.kind === 'big' ? l.under : l.kind === 'call' && l.callee.kind === 'script' ? l.callee.sub : undefined
  return bound?.kind === 'letter' && bound.style === 'sample'
}

/** Σⱼ f(zⱼ), maxⱼ zⱼ; for the place of the greatest, [z = maxⱼ zⱼ]. */
export function statistic(w: Writer, node: ApplyNode, arg: Layout): Layout {
  const taken = lettersIn([arg])
  const index = letter(
    LETTERS.find((c) => !taken.has(c) && w.names.isFree(c)) ?? LETTERS.find((c) => !taken.has(c)) ?? 'ι',
    'sample',
  )
  const varying = new Map<string, Layout>()
  const isNamed = (n: Node): boolean => n.kind === 'equation' || n.args.length === 0 || w.isReplaced(n)
  for (const n of topological([node.args[0]!], isNamed))
    if (n.samples !== undefined && isNamed(n)) varying.set(toText(w.of(n)), indexed(w.of(n), index))
  const inside = ofOneSample(arg, varying)
  const { op } = node
  if (op.kind === 'reduction' && op.adds) return big(index, bracket(inside, BINDING.hadamard))
  const { latex, text } =
    'picks' in op && op.picks === 'least' ? { latex: '\\min', text: 'min' } : { latex: '\\max', text: 'max' }
  const axes = node.axes.filter((axis) => axis !== BATCH)
  const f = { ...script(functionName(latex, text), index, undefined), level: BINDING.postfix }
  const extreme = call(f, [inside])
  if (axes.length > 0 || op.kind !== 'mask') return extreme
  return fence('[', row([bracket(arg, BINDING.sum), sign('='), extreme], BINDING.comparison))
}
