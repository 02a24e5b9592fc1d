/**
 * A picture as data: boxes with lines of text, arrows between them. What is drawn (neurons, layers, expressions) and how
 * it is written down (Mermaid, DOT, SVG) know nothing of one another. Texts are Unicode, and not yet quoted.
 */
export type BoxKind = 'input' | 'target' | 'param' | 'value' | 'output' | 'loss' | 'error' | 'gradient'

export interface Box {
  readonly id: string
  readonly lines: readonly string[]
  readonly kind: BoxKind
  readonly group?: string
}

export interface Arrow {
  readonly from: string
  readonly to: string
  readonly label?: string
  /** From the forward into the backward pass. */
  readonly dashed?: boolean
}

export interface Drawing {
  readonly title: string
  /** Whether boxes are circles. */
  readonly round: boolean
  readonly direction: 'right' | 'down'
  readonly groups: readonly { readonly id: string; readonly title: string }[]
  readonly boxes: readonly Box[]
  readonly arrows: readonly Arrow[]
}

/** Boxes and arrows as they are found; equal arrows are one. */
export class Sketch {
  readonly boxes: Box[] = []
  readonly arrows: Arrow[] = []
  readonly #drawn = new Set<string>()

  box(kind: BoxKind, lines: readonly string[], group?: string): string {
    const id = `n${this.boxes.length + 1}`
    this.boxes.push({ id, lines, kind, ...(group === undefined ? {} : { group }) })
    return id
  }

  arrow(from: string, to: string, more: Pick<Arrow, 'label' | 'dashed'> = {}): void {
    const key = JSON.stringify([from, to, more.label])
    if (this.#drawn.has(key)) return
    this.#drawn.add(key)
    this.arrows.push({ from, to, ...more })
  }
}
