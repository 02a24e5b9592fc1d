/** Where the boxes and arrows of a drawing stand. */
import type { Arrow, Box, Drawing } from './drawing.ts'

export interface Point {
  readonly x: number
  readonly y: number
}
export interface Size {
  readonly width: number
  readonly height: number
}
/** A box around its middle. */
export interface Place extends Point, Size {}

export interface Placed extends Size {
  readonly boxes: ReadonlyMap<Box, Place>
  /** The points of each arrow; its first and last are on the edges of the boxes. */
  readonly arrows: ReadonlyMap<Arrow, readonly Point[]>
  readonly groups: readonly { readonly title: string; readonly place: Place }[]
}

const MARGIN = 12
/** Between neurons of a layer, and between layers. */
const NEURONS = 62
const LAYERS = 170
/** Between the passes, where the dashed arrows run. */
const BETWEEN = 90
const PADDING = 14
const TITLE = 22
/** How far an arrow from a box to itself goes beyond it. */
const LOOP = 22

/** Neurons stand in columns, groups side by side; dagre, which is loaded when it is called, places the rest. */
export async function place(drawing: Drawing, sizeOf: (box: Box) => Size): Promise<Placed> {
  const { round, groups, boxes, arrows, direction } = drawing
  if (round) return inColumns(boxes, arrows, sizeOf)
  if (groups.length === 0 || boxes.some(({ group }) => group === undefined))
    return padded(await layered(boxes, arrows, sizeOf, direction === 'right' ? 'LR' : 'TB', groups))
  const parts = []
  for (const [i, { id, title }] of groups.entries()) {
    const own = boxes.filter(({ group }) => group === id)
    const inside = new Set(own.map((box) => box.id))
    const within = arrows.filter(({ from, to }) => inside.has(from) && inside.has(to))
    // What goes backwards goes up.
    parts.push({ title, placed: await layered(own, within, sizeOf, i === 0 ? 'TB' : 'BT') })
  }
  return sideBySide(parts, arrows)
}

async function layered(
  boxes: readonly Box[],
  arrows: readonly Arrow[],
  sizeOf: (box: Box) => Size,
  rankdir: 'TB' | 'BT' | 'LR',
  groups: Drawing['groups'] = [],
): Promise<Placed> {
  const { Graph, layout } = await import('@dagrejs/dagre')
  const graph = new Graph({ multigraph: true, compound: groups.length > 0 })
  graph.setGraph({ rankdir, nodesep: 22, edgesep: 14, ranksep: 34 })
  for (const { id } of groups) graph.setNode(id, {})
  for (const box of boxes) {
    graph.setNode(box.id, { ...sizeOf(box) })
    if (groups.length > 0 && box.group !== undefined) graph.setParent(box.id, box.group)
  }
  // What goes back to the next turn goes against the others.
  const isBack = ({ dashed = false }: Arrow): boolean => groups.length > 0 && dashed
  const ends = (arrow: Arrow): [string, string] =>
    isBack(arrow) ? [arrow.to, arrow.from] : [arrow.from, arrow.to]
  arrows.forEach((arrow, i) => {
    if (arrow.from !== arrow.to) graph.setEdge(...ends(arrow), {}, String(i))
  })
  layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  const points = (arrow: Arrow, i: number): Point[] => {
    if (arrow.from === arrow.to) return loop(graph.node(arrow.from) as Place)
    const { points: found } = graph.edge(...ends(arrow), String(i)) as { points: Point[] }
    return isBack(arrow) ? [...found].reverse() : found
  }
  const framed = groups.map(({ id, title }) => {
    const { x, y, width: w, height: h } = graph.node(id) as Place
    return { title, place: { x, y: y - TITLE / 2, width: w, height: h + TITLE } }
  })
  const below = framed.length > 0 ? TITLE : 0
  const lower = <P extends Point>(at: P): P => ({ ...at, y: at.y + below })
  return {
    width: width + (below > 0 ? LOOP : 0),
    height: height + below,
    boxes: new Map(boxes.map((box) => [box, lower(graph.node(box.id) as Place)])),
    arrows: new Map(arrows.map((arrow, i) => [arrow, points(arrow, i).map(lower)])),
    groups: framed.map((group) => ({ ...group, place: lower(group.place) })),
  }
}

/** From the right side of a box back to it. */
function loop({ x, y, width, height }: Place): Point[] {
  const right = x + width / 2
  const away = height / 4
  return [
    { x: right, y: y + away },
    { x: right + LOOP, y: y + away },
    { x: right + LOOP, y: y - away },
    { x: right, y: y - away },
  ]
}

/** Each layer a column, in the order of its entries. */
function inColumns(boxes: readonly Box[], arrows: readonly Arrow[], sizeOf: (box: Box) => Size): Placed {
  const depth = new Map<string, number>()
  // Boxes come in the order of the program: what one is made of stands before it.
  for (const { id } of boxes)
    depth.set(
      id,
      Math.max(0, ...arrows.filter(({ to }) => to === id).map(({ from }) => depth.get(from)! + 1)),
    )
  const columns: Box[][] = []
  for (const box of boxes) (columns[depth.get(box.id)!] ??= []).push(box)
  const tallest = Math.max(...columns.map((column) => column.length))
  const places = new Map<Box, Place>()
  columns.forEach((column, i) =>
    column.forEach((box, j) => {
      const size = sizeOf(box)
      const y = (j + (tallest - column.length) / 2 + 0.5) * NEURONS
      places.set(box, { ...size, x: NEURONS / 2 + i * LAYERS, y })
    }),
  )
  const ends = new Map(boxes.map((box) => [box.id, places.get(box)!]))
  return padded({
    width: NEURONS + (columns.length - 1) * LAYERS,
    height: tallest * NEURONS,
    boxes: places,
    arrows: new Map(arrows.map((arrow) => [arrow, straight(ends.get(arrow.from)!, ends.get(arrow.to)!)])),
    groups: [],
  })
}

/** From the edge of one circle to that of another. */
function straight(from: Place, to: Place): Point[] {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const at = (circle: Place, sign: 1 | -1): Point => ({
    x: circle.x + (sign * (to.x - from.x) * circle.width) / 2 / length,
    y: circle.y + (sign * (to.y - from.y) * circle.width) / 2 / length,
  })
  return [at(from, 1), at(to, -1)]
}

function sideBySide(
  parts: readonly { readonly title: string; readonly placed: Placed }[],
  all: readonly Arrow[],
): Placed {
  const height = Math.max(...parts.map(({ placed }) => placed.height))
  const boxes = new Map<Box, Place>()
  const arrows = new Map<Arrow, readonly Point[]>()
  const groups: { title: string; place: Place }[] = []
  let left = 0
  for (const { title, placed } of parts) {
    const shift = { x: left + PADDING, y: TITLE + PADDING + height - placed.height }
    for (const [box, at] of placed.boxes) boxes.set(box, { ...at, ...moved(at, shift) })
    for (const [arrow, points] of placed.arrows)
      arrows.set(
        arrow,
        points.map((p) => moved(p, shift)),
      )
    const size = { width: placed.width + 2 * PADDING, height: height + TITLE + 2 * PADDING }
    groups.push({ title, place: { ...size, x: left + size.width / 2, y: size.height / 2 } })
    left += size.width + BETWEEN
  }
  const ends = new Map([...boxes].map(([{ id }, at]) => [id, at]))
  for (const arrow of all)
    if (!arrows.has(arrow)) arrows.set(arrow, across(ends.get(arrow.from)!, ends.get(arrow.to)!))
  return padded({ width: left - BETWEEN, height: height + TITLE + 2 * PADDING, boxes, arrows, groups })
}

/** From the side of one box to the side of another, level at both ends. */
function across(from: Place, to: Place): Point[] {
  const start = { x: from.x + from.width / 2, y: from.y }
  const end = { x: to.x - to.width / 2, y: to.y }
  const bend = Math.min(60, (end.x - start.x) / 2)
  return [start, { x: start.x + bend, y: start.y }, { x: end.x - bend, y: end.y }, end]
}

const moved = ({ x, y }: Point, by: Point): Point => ({ x: x + by.x, y: y + by.y })

function padded({ width, height, boxes, arrows, groups }: Placed): Placed {
  const by = { x: MARGIN, y: MARGIN }
  return {
    width: width + 2 * MARGIN,
    height: height + 2 * MARGIN,
    boxes: new Map([...boxes].map(([box, at]) => [box, { ...at, ...moved(at, by) }])),
    arrows: new Map([...arrows].map(([arrow, points]) => [arrow, points.map((p) => moved(p, by))])),
    groups: groups.map(({ title, place: at }) => ({ title, place: { ...at, ...moved(at, by) } })),
  }
}
