/** Values of options, checked: what is wrong with one is a wrong command line. */
import { InvalidArgumentError } from 'commander'

/** An identifier of the language, or a member of a family of extents: `D`, `n[2]`. */
const DIM = /^(?<name>[\p{L}_][\p{L}\p{M}\p{N}_]*(?:\[-?\d+\])?)=(?<value>.*)$/u
/** A name of the language. */
export const NAME = /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u
const WHOLE = /^[1-9]\d*$/

/** A whole number of at least 1 as people write one. */
export function whole(text: string): number | undefined {
  const value = Number(text)
  return WHOLE.test(text) && value <= 2 ** 31 ? value : undefined
}

/** `--dim NAME=V`, once for each dim. */
export function dimOption(
  text: string,
  before: ReadonlyMap<string, number> | undefined,
): ReadonlyMap<string, number> {
  const { name, value } = DIM.exec(text.normalize('NFC'))?.groups ?? {}
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('Write NAME=V, such as --dim H=128.')
  const extent = whole(value)
  if (extent === undefined)
    throw new InvalidArgumentError(`The value of a dim is a whole number of at least 1.`)
  if (before?.has(name)) throw new InvalidArgumentError(`The dim ${name} is given twice.`)
  return new Map([...(before ?? []), [name, extent]])
}

/** `--batch B`, a length, or `none`. */
export function batchOption(text: string): string | number | 'none' {
  if (NAME.test(text)) return text.normalize('NFC')
  const length = whole(text)
  if (length === undefined)
    throw new InvalidArgumentError('Write a name such as B, a whole number of at least 1, or none.')
  return length
}

/** `--checkpoint [N]`. */
export function segmentOption(text: string): number {
  const length = whole(text)
  if (length === undefined)
    throw new InvalidArgumentError(
      'Write how many steps a segment has, a whole number of at least 1; without a number, write --checkpoint after the files.',
    )
  return length
}

/** `--seeds N`. */
export function seedsOption(text: string): number {
  const seeds = whole(text)
  if (seeds === undefined || seeds > 10_000)
    throw new InvalidArgumentError('Write a whole number from 1 to 10000.')
  return seeds
}

/** `--hunt N`. */
export function effortOption(text: string): number {
  const times = whole(text)
  if (times === undefined || times > 10_000)
    throw new InvalidArgumentError('Write how many times the usual effort, a whole number from 1 to 10000.')
  return times
}

/** One of some words; words of later versions are named as such. */
export function choice<Word extends string>(
  words: readonly Word[],
  later: readonly string[] = [],
): (text: string) => Word {
  return (text) => {
    const word = words.find((w) => w === text)
    if (word !== undefined) return word
    if (later.includes(text))
      throw new InvalidArgumentError(
        `${text} comes with a later version; now there ${words.length === 1 ? 'is' : 'are'} ${listed(words)}.`,
      )
    throw new InvalidArgumentError(`Allowed are ${listed(words)}.`)
  }
}

const listed = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' and ')

/** An option that may be given more than once. */
export const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
]
