/**
 * The strongly connected components of a graph, each after those that it leads to (Tarjan 1972). Iterative: depth costs no stack.
 * Within one, what was reached last comes first.
 *
 * @param next what an item leads to: only among `items`
 */
export function components<T>(items: Iterable<T>, next: (item: T) => Iterable<T>): T[][] {
  const found: T[][] = []
  const number = new Map<T, number>()
  const low = new Map<T, number>()
  const open: T[] = []
  const isOpen = new Set<T>()
  for (const root of items) {
    if (number.has(root)) continue
    const path: { item: T; next: Iterator<T> }[] = []
    const enter = (item: T): void => {
      number.set(item, number.size)
      low.set(item, number.get(item)!)
      open.push(item)
      isOpen.add(item)
      path.push({ item, next: next(item)[Symbol.iterator]() })
    }
    enter(root)
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const { value, done } = top.next.next()
      if (!done) {
        if (!number.has(value)) enter(value)
        else if (isOpen.has(value)) low.set(top.item, Math.min(low.get(top.item)!, number.get(value)!))
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent) low.set(parent.item, Math.min(low.get(parent.item)!, low.get(top.item)!))
      if (low.get(top.item) !== number.get(top.item)) continue
      const component: T[] = []
      for (let item = open.pop()!; ; item = open.pop()!) {
        isOpen.delete(item)
        component.push(item)
        if (item === top.item) break
      }
      found.push(component)
    }
  }
  return found
}
