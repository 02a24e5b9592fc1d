/** Measured costs, for people. */
import { familyOf } from '../../graph/member.ts'
import type { CostReport, Curve, Row } from './report.ts'
import type { Cost } from './measure.ts'

/** The costs as lines, and the curve where one was asked for. */
export function costText({ own, assumed, curve }: CostReport): string[] {
  // All members of a family are measured with the same value.
  const dims = new Map([...assumed].map(([name, value]) => [familyOf(name), value]))
  const given =
    dims.size === 0 ? '' : ` (${[...dims].map(([name, value]) => `${name} = ${value}`).join(', ')})`
  if (!own)
    return [
      '',
      'Times are not told: the code was still becoming faster when it had run for seconds.',
      ...(curve ? curveText(curve) : []),
    ]
  return [
    '',
    `Measured, with ${counted(own.parameters)} ${own.parameters === 1 ? 'parameter' : 'parameters'}${given}:`,
    `  a forward pass takes ${timeText(own.forward)}, with all gradients ${timeText(own.gradients)}, ${ratioText(own)} times as long;`,
    `  central differences, 2 passes for each parameter, ${differencesText(own)}.`,
    ...(curve ? curveText(curve) : []),
  ]
}

const HEAD = ['factor', 'parameters N', 'forward', 'gradients', 'ratio', 'differences']

function curveText({ growing, rows, exponents }: Curve): string[] {
  if (growing.length === 0)
    return [
      '',
      'Nothing grows: no dim changes how many parameters there are. Write extents as dims, such as dim H = 8.',
    ]
  const cells = [HEAD, ...rows.map(cellsOf)]
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => [...row[column]!].length)))
  const power = (p: number | undefined): string => (p === undefined ? '–' : `N^${p.toFixed(2)}`)
  return [
    '',
    `The network grown, ${growing.join(', ')} times a factor:`,
    ...cells.map((row) => `  ${row.map((cell, column) => padded(cell, widths[column]!)).join('  ')}`),
    `Fitted by least squares of the logarithms: forward ${power(exponents.forward)}, gradients ${power(exponents.gradients)}, differences ${power(exponents.differences)}.`,
    ...(rows.some(isPart)
      ? ['≈ differences by some of the parameters were measured, and multiplied by how many there are.']
      : []),
  ]
}

const isPart = ({ measured, parameters }: Cost): boolean => measured < parameters

const cellsOf = (row: Row): string[] => [
  `× ${row.factor}`,
  counted(row.parameters),
  timeText(row.forward),
  timeText(row.gradients),
  ratioText(row),
  differencesText(row),
]

const padded = (cell: string, width: number): string => ' '.repeat(width - [...cell].length) + cell

const counted = (n: number): string => n.toLocaleString('en')

const ratioText = ({ forward, gradients }: Cost): string => (gradients / forward).toFixed(1)

const differencesText = (cost: Cost): string => `${isPart(cost) ? '≈ ' : ''}${timeText(cost.differences)}`

const UNITS = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
] as const

/** Three digits and a unit: 1.23 ms. */
function timeText(seconds: number): string {
  const [unit, name] = UNITS.find(([size]) => seconds >= size * 0.9995) ?? UNITS[3]
  const value = seconds / unit
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value >= 1000 ? counted(Math.round(value)) : value.toFixed(digits)} ${name}`
}
