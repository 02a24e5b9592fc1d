/** A formula in one of the ways in which people write it. */
export interface Spelling {
  readonly kind: string
  readonly name: string
  readonly program: string
}
export const spellings: readonly Spelling[]
