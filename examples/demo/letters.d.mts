export interface Pieces {
  readonly x: readonly Uint8Array[]
  readonly y: readonly Uint8Array[]
  readonly s: Float32Array
}
export interface Learning {
  readonly steps: number
  readonly size: number
  readonly lengths: readonly [number, number]
  readonly rate: number
}
/** A module of a network that tells the next letter, with the optimizer adam. */
export interface Network<Params, State> {
  init(seed?: number): Params
  initState(params: Params): State
  forward(
    params: Params,
    inputs: Pick<Pieces, 'x' | 's'>,
  ): { readonly p: Float32Array; readonly h: Float32Array }
  loss(params: Params, data: Pieces): number
  step(params: Params, data: Pieces, rate: number, state: State): number
  readonly network: { readonly dims: { readonly H: number } }
}
export const ALPHABET: string
export const LEARNING: Learning
export function lettersData(): { readonly train: Uint8Array; readonly test: Uint8Array }
/** The places of letters in the alphabet. */
export function encoded(text: string): Uint8Array
export function heldOut<Params, State>(
  module: Network<Params, State>,
  params: Params,
  letters: Uint8Array,
): number
export function trainOnLetters<Params, State>(
  module: Network<Params, State>,
  letters: Uint8Array,
  learning: Learning,
  each?: (step: number, loss: number) => void,
): Params
export function written<Params, State>(
  module: Network<Params, State>,
  params: Params,
  beginning: string,
  count: number,
  options?: { readonly temperature?: number; readonly seed?: number },
): string
