/** Rules that are their laws. */
import type { Node } from '../../graph/node.ts'
import { ifShorter } from '../ask.ts'
import type { Rule } from '../rule.ts'
import { Rewriting } from './rewriting.ts'
import { outlineOf } from './law.ts'

export interface Row extends Omit<Rule, 'on' | 'law' | 'rewrite' | 'row'> {
  /** `left = right where guard, guard`, in the language (see `law.ts`); of several the first that applies is taken. */
  readonly law: string | readonly string[]
  /** Names that parts of the right side keep, each with its formula. */
  readonly parts?: Readonly<Record<string, string>>
  /** Made also where all that it replaces has names, and the names go. */
  readonly named?: true
  /** Below the bar, too: 1/left = 1/right. */
  readonly inverse?: true
  /** Factors have exactly the exponents of the law, and not more of them. */
  readonly exact?: true
}

export const lawsOf = ({ law }: Row): readonly string[] => (typeof law === 'string' ? [law] : law)

/** The rule that a row says. */
export function row(of: Row): Rule {
  const { law: _, parts: _parts, named: _named, exact: _exact, inverse: _inverse, ...rest } = of
  const laws = lawsOf(of)
  const rewritings = laws.map((text) => new Rewriting(text, of))
  return {
    ...rest,
    row: of,
    law: laws.join('; '),
    on: outlineOf(laws[0]!).on,
    rewrite: (node, c) => {
      for (const law of rewritings) {
        if (!law.mayApply(node)) continue
        // Of what has to be asked for, the shortest.
        let best: Node | undefined
        for (const to of law.rewrites(c.g, node))
          if (to !== node) {
            if (!of.trial) return to
            best = ifShorter(c, best ?? node, to) ?? best
          }
        if (best) return best
      }
      return undefined
    },
  }
}
