/** Values of options, checked: what is wrong with one is a wrong command line. */
import { InvalidArgumentError } from 'commander'
import { FUNCTIONS, type FunctionName } from '../schedule/functions.ts'

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

/** One of some words. */
export function choice<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((w) => w === text)
    if (word === undefined) throw new InvalidArgumentError(`Allowed are ${listed(words)}.`)
    return word
  }
}

const listed = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' and ')

/** A whole number of at least 1: `--epochs`, `--batch`. */
export function countOption(text: string): number {
  const count = whole(text)
  if (count === undefined) throw new InvalidArgumentError('Write a whole number of at least 1.')
  return count
}

/** `--seed`, `--patience`: a whole number from 0 on. */
export function wholeOption(text: string): number {
  if (text === '0') return 0
  const value = whole(text)
  if (value === undefined) throw new InvalidArgumentError('Write a whole number from 0 on.')
  return value
}

/** `--rate`: a number over 0. */
export function rateOption(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('Write a number over 0, such as 0.01.')
  return value
}

/** `--validation 0.2` */
export function shareOption(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value < 1))
    throw new InvalidArgumentError('Write a number from 0 to 1, 1 excluded, such as 0.2.')
  return value
}

/** `--hyper NAME=V`, once for each. */
export function hyperOption(
  text: string,
  before: ReadonlyMap<string, number> | undefined,
): ReadonlyMap<string, number> {
  const at = text.indexOf('=')
  const [name, value] = [text.slice(0, at).normalize('NFC'), Number(text.slice(at + 1))]
  if (at < 1 || text.slice(at + 1).trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError('Write NAME=V, such as --hyper lambda=0.01.')
  if (before?.has(name)) throw new InvalidArgumentError(`The hyperparameter ${name} is given twice.`)
  return new Map([...(before ?? []), [name, value]])
}

/** Names with commas between, outside of brackets: `x,W[1]`. */
export function namesOption(text: string, before: readonly string[] = []): readonly string[] {
  const names = text.split(/,(?![^[]*\])/).map((name) => name.trim().normalize('NFC'))
  if (names.includes('')) throw new InvalidArgumentError('Write names with commas between, such as x,W1.')
  return [...before, ...names]
}

/** `--functions forward,jvp`. */
export function functionsOption(text: string, before: readonly FunctionName[] = []): readonly FunctionName[] {
  return [...before, ...text.split(',').map((name) => choice(FUNCTIONS)(name.trim()))]
}

/** An option that may be given more than once. */
export const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
]

/** `--length N`, or `lines`. */
export function lengthOption(text: string): number | 'lines' {
  const length = text === 'lines' ? text : whole(text)
  if (length === undefined) throw new InvalidArgumentError('Write a whole number of at least 1, or lines.')
  return length
}

/** `--batch-axis N`, counted from 0, or `none`. */
export function axisOption(text: string): number | 'none' {
  if (text === 'none') return text
  if (!/^\d$/.test(text)) throw new InvalidArgumentError('Write a whole number from 0 to 9, or none.')
  return Number(text)
}
