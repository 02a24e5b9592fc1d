/** Open extents are read off lengths, or refused when compiling. */
import { describe, expect, test } from 'vitest'
import { type Sketch, emitted, load, network } from './support.ts'

const codes = (sketch: Sketch): string[] =>
  emitted(network(sketch)).diagnostics.map((d) => `${d.code}: ${d.message} ${d.hint ?? ''}`)
const array = (n: number): Float64Array => new Float64Array(n)

describe('extents that follow from lengths', () => {
  const rows: [string, Sketch, Record<string, number>, Record<string, number>, string][] = [
    [
      'one dim',
      { inputs: { x: ['T', 3] } },
      { x: 12 },
      { x: 13 },
      'RangeError: x: expected a Float64Array of length T × 3, T a whole number of at least 1, got length 13',
    ],
    [
      'batch and dim, in any order',
      { inputs: { x: ['T', 3], s: [] }, batch: 'B' },
      { x: 24, s: 2 },
      { x: 25, s: 2 },
      'RangeError: x: expected a Float64Array of length 2 × T × 3, T a whole number of at least 1, got length 25',
    ],
    [
      'an affine extent',
      { inputs: { x: ['2*T'], z: ['T+1'] } },
      { x: 8, z: 5 },
      { x: 8, z: 6 },
      'RangeError: z: expected a Float64Array of length 5, got length 6',
    ],
    [
      'an affine extent alone',
      { inputs: { x: ['T+1', 2] } },
      { x: 8 },
      { x: 2 },
      'RangeError: x: expected a Float64Array of length T+1 × 2, T+1 a whole number of at least 1, got length 2',
    ],
    [
      'a square',
      { inputs: { x: ['T', 'T'] } },
      { x: 49 },
      { x: 50 },
      'RangeError: x: expected a Float64Array of length T × T, T a whole number of at least 1, got length 50',
    ],
    [
      'a cube',
      { inputs: { x: ['T', 'T', 'T', 2] } },
      { x: 686 },
      { x: 685 },
      'RangeError: x: expected a Float64Array of length T × T × T × 2, T a whole number of at least 1, got length 685',
    ],
    [
      'one by one',
      { inputs: { x: ['T', 'U'], z: ['U'] } },
      { x: 12, z: 3 },
      { x: 13, z: 3 },
      'RangeError: x: expected a Float64Array of length T × 3, T a whole number of at least 1, got length 13',
    ],
    [
      'by another dim',
      { inputs: { x: ['T*U'], z: ['U'] } },
      { x: 12, z: 3 },
      { x: 13, z: 3 },
      'RangeError: x: expected a Float64Array of length T*U, T*U a whole number of at least 1, got length 13',
    ],
    [
      'a difference',
      { inputs: { x: ['T'], z: ['T-2'] } },
      { x: 5, z: 3 },
      { x: 2, z: 0 },
      'RangeError: the extent T-2 must be a whole number of at least 1, and these data make it 0',
    ],
  ]
  test.each(rows)('%s', async (_, sketch, good, bad, message) => {
    const m = await load(network(sketch))
    const made = (lengths: Record<string, number>) =>
      Object.fromEntries(Object.entries(lengths).map(([k, n]) => [k, array(n)]))
    expect(m.loss({}, made(good))).toBe(0)
    let said = ''
    try {
      m.forward({}, made(bad))
    } catch (e) {
      said = String(e)
    }
    expect(said).toBe(message)
  })

  test('the simplest length is used: y of T before x of T × T', () => {
    expect(emitted(network({ inputs: { x: ['T', 'T'], y: ['T'] } })).code).not.toContain('Math.sqrt')
  })

  test('targets may determine what inputs do not, if the prediction does not need it', async () => {
    const m = await load(network({ inputs: { x: [2] }, targets: { y: ['T'] } }))
    expect(m.loss({}, { x: array(2), y: array(5) })).toBe(0)
    expect(m.forward({}, { x: array(2) })).toEqual({})
  })
})

describe('extents that do not', () => {
  test('a product of two unknowns', () => {
    expect(codes({ inputs: { x: ['T', 'U'] } })).toEqual([
      'undetermined-extent: The lengths of the inputs do not determine the extent `T`. give it a value: --dim T=…, or dim T = … in the file',
    ])
  })

  test('batch and length of one tensor', () => {
    expect(codes({ inputs: { x: ['T'] }, batch: 'B' })[0]).toMatch(/^undetermined/)
  })

  test('an output that needs what only the target tells', () => {
    expect(codes({ inputs: { x: [2] }, targets: { y: ['T'] }, outputs: { p: ['T'] } })).toEqual([
      'undetermined-extent: The lengths of the inputs do not determine the extent `T`. give it a value: --dim T=…, or dim T = … in the file',
    ])
  })

  test('a batch without inputs, where there is something to predict', () => {
    expect(codes({ targets: { y: [3] }, outputs: { p: [] }, batch: 'B' })).toEqual([
      'undetermined-batch: The lengths of the inputs do not determine the batch `B`. give it a fixed length, --batch 32, or compile for single samples, --batch none',
    ])
    expect(codes({ targets: { y: [3] }, batch: 'B' })).toEqual([])
  })

  test('a polynomial', () => {
    expect(codes({ inputs: { x: ['T', 'T+1'] } })[0]).toMatch(/^undetermined-extent/)
  })

  test('a parameter', () => {
    expect(codes({ params: { W: ['T', 2] } })).toEqual([])
    expect(codes({ params: { W: ['H', 'T'] }, inputs: { x: ['T'] } })).toEqual([])
    expect(codes({ params: { W: ['T', 'H'] } })[0]).toBe(
      'undetermined-extent: The lengths of the parameters and inputs do not determine the extent `T`. give it a value: --dim T=…, or dim T = … in the file',
    )
  })
})
