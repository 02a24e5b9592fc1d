/** An index on its axis: it stands at sign · index + offset. */
interface Aligned {
  readonly root: string
  readonly sign: 1 | -1
  readonly offset: number
}

/** Which indices run along one axis, and where on it: a union-find whose links turn and move (Tarjan 1975). */
export class Alignment {
  readonly #parent = new Map<string, Aligned>()

  of(key: string): Aligned {
    const links: [string, Aligned][] = []
    let root = key
    for (let next = this.#parent.get(root); next; next = this.#parent.get(root)) {
      links.push([root, next])
      root = next.root
    }
    let found: Aligned = { root, sign: 1, offset: 0 }
    for (const [from, link] of links.reverse()) {
      found = through(link, found)
      this.#parent.set(from, found)
    }
    return found
  }

  /** Index `i` of `a` stands where index sign · i + offset of `b` does, unless they are on one axis already. */
  join(a: string, b: string, sign: 1 | -1, offset: number): void {
    const [x, y] = [this.of(a), this.of(b)]
    if (x.root === y.root) return
    const there = through({ root: b, sign, offset }, y)
    const turned = (there.sign * x.sign) as 1 | -1
    this.#parent.set(x.root, { root: y.root, sign: turned, offset: there.offset - turned * x.offset })
  }
}

/** One link after the other. */
const through = (first: Aligned, then: Aligned): Aligned => ({
  root: then.root,
  sign: (then.sign * first.sign) as 1 | -1,
  offset: then.sign * first.offset + then.offset,
})
