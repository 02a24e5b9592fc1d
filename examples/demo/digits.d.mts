/** Digits, one after the other. */
export interface Digits {
  readonly x: Float32Array
  readonly y: Uint8Array
  readonly count: number
}
export interface DigitsData {
  readonly train: Digits
  readonly test: Digits
}
export interface Learning {
  readonly epochs: number
  readonly size: number
  readonly rate: readonly [number, number]
}
/** A module of a network that tells digits. */
export interface Network<Params> {
  init(seed?: number): Params
  forward(params: Params, inputs: { x: Float32Array }): { p: Float32Array }
  step(params: Params, data: { x: Float32Array; y: Uint8Array }, rate: number): number
}
export const LEARNING: { readonly digits: Learning; readonly transformer: Learning }
export function digitsData(): DigitsData
/** The first digits of a set. */
export function firstOf(digits: Digits, count: number): Digits
export function accuracy<Params>(module: Network<Params>, params: Params, digits: Digits): number
export function trainOnDigits<Params>(
  module: Network<Params>,
  data: Pick<DigitsData, 'train'>,
  learning: Learning,
  each?: (epoch: number, loss: number) => void,
): Params
