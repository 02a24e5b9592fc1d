import type { Language } from '../../base/language.ts'
import { type Extent, addExtents, openExtent } from '../../graph/extent.ts'
import type { Graph } from '../../graph/graph.ts'
import { memberName } from '../../graph/member.ts'
import type { Symbol } from '../../graph/node.ts'
import { indexText } from '../expressions/names.ts'
import { blocks } from '../formulas/document.ts'
import { type Formulas, type Line, expression, namesOf } from '../formulas/formulas.ts'
import { grouped } from '../formulas/grouped.ts'
import type { Layout } from '../layout/layout.ts'
import { toText } from '../layout/text.ts'
import type { Steps } from '../steps/steps.ts'
import { type Vocabulary, vocabulary } from '../words.ts'

/** A name of the program that somebody who reads formulas looks up. */
export interface Entry {
  readonly name: Layout
  /** What it is, in a word. */
  readonly role: string
  /** Its extents; none for a scalar. */
  readonly extents: readonly Layout[]
  /** Of the members of a list: where their index runs. */
  readonly range?: Line['range']
  readonly assumptions: readonly string[]
  readonly doc: string
}

export interface Section {
  readonly id: string
  readonly title: string
  readonly lines: readonly Line[]
}

/** All that a document of a program says, in no format's words. */
export interface Paper {
  readonly title: string
  readonly doc: string
  readonly entries: readonly Entry[]
  readonly notes: readonly string[]
  readonly sections: readonly Section[]
  /** How the formulas come out, between the equations and the results. */
  readonly steps: Pick<Steps, 'intro' | 'blocks'> | undefined
  readonly language: Language
}

/** Formulas with what belongs to them in a document: a title, the names, the author's words. */
export function paper(g: Graph, found: Formulas, steps?: Pick<Steps, 'intro' | 'blocks'>): Paper {
  const { network } = found
  const words = vocabulary(found.language)
  const names = namesOf(network)
  const extent = (e: Extent): Layout => expression(g, g.extent(e), network).layout
  /** A list is said by its members, x⁽ᵗ⁾ for t = 1, …, T. */
  const membersOf = ({ name, shape, list }: Symbol): Pick<Entry, 'name' | 'extents' | 'range'> => {
    if (!list) return { name: names.of(name), extents: shape.map(extent) }
    const { axis, index, from } = list
    const last = addExtents(addExtents(from, shape[axis]!), -1)
    const range = { index: indexText(index), from: extent(from), to: extent(last) }
    const own = shape.filter((_, i) => i !== axis)
    return { name: names.of(memberName(name, [openExtent(index)])), extents: own.map(extent), range }
  }
  const declared = [...network.data, ...network.params, ...network.hypers].map(
    ({ symbol, doc = '' }): Entry => ({
      ...membersOf(symbol),
      role: words[symbol.role],
      assumptions: [...symbol.assumptions],
      doc: inOneLine(doc),
    }),
  )
  const explained = network.equations.flatMap(({ name, node, doc }): Entry[] =>
    doc === undefined
      ? []
      : [
          {
            name: names.of(name),
            role: name === network.loss?.name ? words.loss : words.value,
            extents: node.shape.map(extent),
            assumptions: [],
            doc: inOneLine(doc),
          },
        ],
  )
  return {
    title: network.name,
    doc: inOneLine(network.doc ?? ''),
    entries: [...declared, ...explained],
    notes: found.notes,
    sections: sections(found, words),
    steps: steps && steps.blocks.length > 0 ? steps : undefined,
    language: found.language,
  }
}

/** The papers of several losses as one: of each its sections, and steps one after the other. */
export function together(
  each: readonly { readonly paper: Paper; readonly loss: string | undefined }[],
): Paper {
  const first = each[0]!.paper
  if (each.length === 1) return first
  const entries = new Map(each.flatMap(({ paper: p }) => p.entries.map((e) => [toText(e.name), e] as const)))
  return {
    ...first,
    entries: [...entries.values()],
    notes: [...new Set(each.flatMap(({ paper: p }) => p.notes))],
    // What documents add to sections of a kind stands once.
    sections: each.flatMap(({ paper: p, loss }, i) =>
      p.sections.map((s) => ({
        ...s,
        id: i === 0 ? s.id : `${s.id}-${i + 1}`,
        title: `${s.title}: ${loss}`,
      })),
    ),
    steps: first.steps && {
      ...first.steps,
      blocks: each.flatMap(({ paper: p }) => p.steps?.blocks ?? []),
    },
  }
}

/** Sections with something in them. */
function sections(all: Formulas, words: Vocabulary): Section[] {
  const found = grouped(all)
  const titles = new Map([
    [found.forward, { id: 'equations', title: words.equations }],
    [found.errorTerms, { id: 'errors', title: words.errorTerms }],
  ])
  const rest = { id: 'gradients', title: words.gradients }
  return blocks(found).map((lines) => ({ ...(titles.get(lines) ?? rest), lines }))
}

const inOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
