/** Loops as a text that people read: what is computed where, and what it takes, without the arithmetic. */
import { type Extent, addExtents, extentText, multiplyExtents, shapeText } from '../graph/extent.ts'
import { routineOperations } from './growth.ts'
import { type Buffer, type Instruction, type Program, type Routine, calledOf } from './program.ts'
import { effectsOf } from './walk.ts'

type Loop = Instruction & { kind: 'loop' }
type Plain = Exclude<Instruction, Loop | { kind: 'chunk' }>

export function programText({ routines }: Program): string {
  return `${[...routines.map(routineText), workspaceText(routines)].join('\n\n')}\n`
}

function routineText(routine: Routine): string {
  const operations = extentText(routineOperations(routine))
  return [`${calledOf(routine)}: ${operations} operations`, ...listText(routine.body, '  ')].join('\n')
}

/** Loops line by line, and what stands between them in one line for each kind of thing that it does. */
function listText(list: readonly Instruction[], indent: string): string[] {
  const lines: string[] = []
  let run: Plain[] = []
  const close = (): void => {
    lines.push(...runText(run).map((line) => indent + line))
    run = []
  }
  for (const i of list) {
    if (i.kind !== 'loop' && i.kind !== 'chunk') {
      run.push(i)
      continue
    }
    close()
    if (i.kind === 'chunk') lines.push(`${indent}function`, ...listText(i.body, `${indent}  `))
    else lines.push(...loopText(i, indent))
  }
  close()
  return lines
}

function loopText(loop: Loop, indent: string): string[] {
  const { variable, body, step = 1, lanes, descending, rest, within } = loop
  const how = [
    ...(descending ? ['downwards'] : []),
    ...(within ? ['within bounds'] : []),
    ...(variable.turns ? ['in order'] : []),
    ...(lanes === undefined ? (step === 1 ? [] : [`${step} at once`]) : [`${lanes} lanes`]),
    ...(rest === undefined ? [] : ['the rest one by one']),
  ]
  const head = [`for ${variable.name} < ${extentText(variable.extent)}`, ...how].join(', ')
  return [indent + head, ...listText(body, `${indent}  `)]
}

/** Instructions in a row, which may be hundreds: registers by their number, places by their names. */
function runText(run: readonly Plain[]): string[] {
  const registers = run.filter((i) => i.kind === 'define').length
  return [
    ...(registers === 0 ? [] : [registers === 1 ? '1 register' : `${registers} registers`]),
    ...counted(run.flatMap((i) => plainText(i) ?? [])),
  ]
}

/** Lines that are equal once, with how many they are. */
function counted(lines: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return [...counts].map(([line, count]) => (count === 1 ? line : `${line} (${count} times)`))
}

function plainText(i: Plain): string | undefined {
  switch (i.kind) {
    case 'define':
      return undefined
    case 'update':
      return `${i.combine} to registers`
    case 'store':
      return `${i.combine} ${i.buffer.storage} ${i.buffer.name}`
    case 'pick':
      return `pick the ${i.picks} as ${i.best.name}`
    case 'matrix':
      return `${i.op.name} ${i.from.map(({ buffer }) => buffer.name).join(', ')} → ${i.to.buffer.name}`
    case 'backward':
      return `run backward${i.suffix ?? ''}`
    case 'anchor':
      return `gradient of ${i.symbol.name}:`
  }
}

/** What is stored in between, and how many numbers that are. */
function workspaceText(routines: readonly Routine[]): string {
  const buffers = new Set<Buffer>()
  for (const { body } of routines)
    for (const i of body)
      for (const { buffer } of effectsOf(i).accesses) if (buffer.storage === 'scratch') buffers.add(buffer)
  const all = [...buffers]
  const numbers = all.reduce<Extent>(
    (sum, { shape }) => addExtents(sum, shape.reduce<Extent>(multiplyExtents, 1)),
    0,
  )
  const list = all.map(({ name, shape, panel }) => {
    const axes = shape.length === 0 ? '' : shapeText(shape)
    return `  ${name.replace(/\$$/, '')}${axes}${panel ? ', a panel' : ''}`
  })
  return [`workspace: ${extentText(numbers)} numbers`, ...counted(list.sort())].join('\n')
}
