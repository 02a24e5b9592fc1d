/** Rules that are their laws. */
import type { Node } from '../../graph/node.ts'
import { ifShorter } from '../ask.ts'
import type { Context, Rule, Row } from '../rule.ts'
import { Rewriting } from './rewriting.ts'
import { marksOf } from './marks.ts'
import { outlineOf } from './outline.ts'

export const lawsOf = ({ law }: Row): readonly string[] => (typeof law === 'string' ? [law] : law)

/** The rule that a row says. */
export function row(of: Row): Rule {
  const { law: _, parts: _parts, named: _named, exact: _exact, ...rest } = of
  const laws = lawsOf(of)
  const outlines = laws.map(outlineOf)
  const rewritings = laws.map((text, i) => new Rewriting(text, of, outlines[i]!.needs))
  const { on } = outlines[0]!
  const rewrite: Rule['rewrite'] = (node, c) => {
    const parts = marksOf(node)
    for (const law of rewritings) {
      if (!law.mayApply(parts)) continue
      // Of what has to be asked for, the shortest.
      let best: Node | undefined
      for (const to of law.rewrites(c.g, node))
        if (to !== node) {
          if (!of.trial) return settled(to, c)
          best = ifShorter(c, best ?? node, to) ?? best
        }
      if (best) return best
    }
    return undefined
  }
  /** The logarithm of what is left of a product is taken apart before another rule sees what is left. */
  const settled = (to: Node, c: Context): Node =>
    to.kind !== 'sum'
      ? to
      : c.g.rebuild(
          to,
          to.args.map((a) => (a.kind === 'apply' && a.op.name === on ? (rewrite(a, c) ?? a) : a)),
        )
  return { ...rest, row: of, law: laws.join('; '), on, needs: outlines.map((o) => o.needs), rewrite }
}
