/** An expression of Mathematica. */
export interface Tree {
  readonly kind: string
}

export interface Entry {
  readonly integrand: Tree
  readonly variable: string
  readonly antiderivative: Tree
}

export function entriesOf(text: string): { readonly entries: readonly Entry[]; readonly unread: number }
export function programOf(entry: Entry, spoil?: boolean): string | undefined
