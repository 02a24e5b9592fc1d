export interface ClubData {
  readonly src: Uint8Array
  readonly dst: Uint8Array
  readonly y: Uint8Array
  readonly known: Float64Array
}
/** A module of a network that tells sides. */
export interface Network<Params> {
  init(seed?: number): Params
  forward(params: Params, inputs: Pick<ClubData, 'src' | 'dst'>): { p: Float64Array }
  loss(params: Params, data: ClubData): number
  step(params: Params, data: ClubData, rate: number): number
}
export const CLUB: { readonly rounds: number; readonly rate: number }
export function clubData(): ClubData
export function trainOnClub<Params>(
  module: Network<Params>,
  learning: { readonly rounds: number; readonly rate: number },
  each?: (round: number, loss: number) => void,
): { readonly before: number; readonly after: number; readonly right: number; readonly of: number }
