/** The program as it grows: declarations and equations, in text, and the numbers of its parameters. */
import { type Length, SAMPLES, sizeOf } from './lengths.ts'
import { INDICES, Names, SUMMED, type Wish } from './names.ts'
import {
  BATCH,
  type Index,
  type Known,
  type Source,
  type Value,
  lengthAt,
  seen,
  valueOf,
  wholeText,
} from './values.ts'

export interface DraftParam {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float64Array
  readonly initialiser: string
}

export interface DraftInput {
  readonly name: string
  readonly source: Source
  /** Whether its first axis is open: a series, each step a member. */
  readonly isSeries: boolean
  readonly isShared: boolean
  /** Of whole numbers that choose: how many there are; undefined until something is chosen. */
  below: number | undefined
  readonly isWhole: boolean
  /** Whether it was used as a number. */
  isNumber: boolean
}

/** Constants of more numbers than this are parameters: nobody reads them. */
const FEW = 64

export class Draft {
  readonly names = new Names()
  readonly dims: string[] = []
  readonly inputs: DraftInput[] = []
  readonly params: DraftParam[] = []
  readonly constants: string[] = []
  readonly statements: string[] = []
  /** Whether data have an axis of samples. */
  batch: string | undefined
  /** How many samples the model takes, where it takes so many only. */
  fixedBatch: number | undefined
  /** Of the model's numbers: how they are written. */
  precision: 'f32' | 'f64' = 'f32'
  readonly #declared = new Map<string, Source>()
  readonly #outputs = new Set<Source>()

  /** A number as text: the shortest one that is that number in the precision of the model. */
  number(value: number): string {
    const text = this.precision === 'f64' ? String(value) : shortSingle(value)
    return text.startsWith('-') ? `(${text})` : text
  }

  /** An equation of a tensor by an expression of tensors. */
  equation(stem: string, text: string, shape: readonly Length[], name = this.names.next(stem)): Source {
    this.statements.push(`${name} = ${text}`)
    return { name, text: name, shape }
  }

  /** An expression that is used once stays where it is used, if it can. */
  expression(stem: string, text: string, shape: readonly Length[], isUsedOnce: boolean): Source {
    return isUsedOnce ? { name: undefined, text, shape } : this.equation(stem, text, shape)
  }

  /** An equation of entries. */
  entries(stem: string, indices: readonly Index[], text: string, name = this.names.next(stem)): Source {
    const shape = indices.map((i) => i.length)
    if (indices.length === 0) return this.equation(stem, text, shape, name)
    const left = `${name}[${indices.map((i) => i.text).join(', ')}]`
    const line = `${left} = ${text}`
    const ranges = `for ${indices.map(rangeText).join(', ')}`
    this.statements.push(line.length + ranges.length < 100 ? `${line} ${ranges}` : `${line}\n  ${ranges}`)
    return { name, text: name, shape }
  }

  /** An equation as it is written, of a tensor of that shape. */
  statement(text: (name: string) => string, stem: string, shape: readonly Length[]): Source {
    const name = this.names.next(stem)
    this.statements.push(text(name))
    return { name, text: name, shape }
  }

  /** The name of a source, which an expression gets now. What is asked for here is used as a number. */
  name(source: Source): string {
    const input = this.inputs.find((i) => i.source === source)
    if (input) input.isNumber = true
    if (source.name === undefined) {
      source.name = this.names.next('z')
      this.statements.push(`${source.name} = ${source.text}`)
    }
    return source.name
  }

  /** Gives an equation another name, once; whether it has one of its own, which is no output's yet. */
  rename(source: Source, name: string): boolean {
    const before = source.name
    const isOther = [...this.inputs, ...this.params].some((d) => d.name === before)
    if (before === undefined || isOther || this.#outputs.has(source)) return false
    this.#outputs.add(source)
    // Names are words of their own, and none is part of a number.
    const word = new RegExp(`(?<![\\w.])${before}(?!\\w)`, 'g')
    this.statements.forEach((line, i) => (this.statements[i] = line.replace(word, name)))
    source.name = name
    return true
  }

  /** A value as a tensor of the axes that are seen, in the order of its source. */
  whole(value: Value): string {
    return wholeText(this.name(value.source), value)
  }

  /**
   * Known numbers as a tensor of the program. Axes of length 1 are left out unless they are asked for.
   *
   * @param parts of each axis the lengths that it is to be made of
   * @param begins what a vector of them begins with where it is learned anew
   */
  declared(
    known: Known,
    wish: Wish,
    parts: readonly (readonly number[])[] = partsOf(known, false),
    begins: 'zeros' | 'ones' = 'zeros',
  ): Value {
    const shape = parts.flat()
    let at = 0
    const axes = parts.map((p) => p.map(() => at++))
    const key = known.learned === undefined ? undefined : JSON.stringify([known.learned, shape])
    const before = key === undefined ? undefined : this.#declared.get(key)
    if (before) return valueOf(before, axes)
    const values = numbersOf(known)
    const name = this.names.wished(wish)
    if (known.learned === undefined && values.length <= FEW)
      this.constants.push(
        `const ${name}${shape.length === 0 ? '' : `[${shape.join(', ')}]`} = ${this.#literal(values, shape)}`,
      )
    else
      this.params.push({
        name,
        shape,
        values,
        initialiser: shape.length > 1 ? '' : ` = ${begins}`,
      })
    const source: Source = { name, text: name, shape }
    if (key !== undefined) this.#declared.set(key, source)
    return valueOf(source, axes)
  }

  #literal(values: Float64Array, shape: readonly number[]): string {
    const [first, ...rest] = shape
    if (first === undefined) return this.number(values[0]!)
    const size = values.length / first
    return `[${Array.from({ length: first }, (_, i) => this.#literal(values.subarray(i * size, (i + 1) * size), rest)).join(', ')}]`
  }
}

/** Each axis by itself, those of length 1 left out or not. */
export const partsOf = (known: Known, ones: boolean): number[][] =>
  (known.shape as readonly number[]).map((n) => (n === 1 && !ones ? [] : [n]))

const rangeText = ({ text, length }: Index): string => `${text} in 1..${length}`

/** Names for indices: of entries, or of what is summed over. */
export const indexNames = (lengths: readonly Length[], of: 'entries' | 'sums' = 'entries'): Index[] => {
  const letters: readonly string[] = of === 'entries' ? INDICES : SUMMED
  const offset = of === 'entries' ? 0 : letters.length
  return lengths.map((length, k) => ({
    text: lengths.length <= letters.length ? letters[k]! : `ix${k + offset}`,
    length,
  }))
}

export const rangesText = (indices: readonly Index[]): string => indices.map(rangeText).join(', ')

/** All numbers of a tensor that is known as such. */
export function numbersOf({ values, shape }: Known): Float64Array {
  if (typeof values === 'number')
    return new Float64Array(sizeOf(shape as readonly number[]).times).fill(values)
  return values instanceof Float64Array ? values : Float64Array.from(values as readonly number[])
}

/** The shortest decimal that is this single. */
function shortSingle(value: number): string {
  for (let digits = 1; digits < 10; digits++) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === Math.fround(value)) return text
  }
  return String(value)
}

/** The axes of the model as axes of a source that has them one after the other, but for those of samples. */
export function inOrder(lengths: readonly (readonly Length[])[]): {
  readonly axes: number[][]
  readonly shape: Length[]
} {
  let at = 0
  const axes = lengths.map((part) => part.map((l) => (l === SAMPLES ? BATCH : at++)))
  return { axes, shape: lengths.flat().filter((l) => l !== SAMPLES) }
}

/** The lengths of what is seen of a value. */
export const seenLengths = (value: Value): Length[] => seen(value).map((axis) => lengthAt(value, axis))
