/** The examples of docs/train.md by their commands: short here, whole in the long campaign, with what the page says of them. */
import { expect, test } from 'vitest'
import { digitsIdx, irisCsv, weatherCsv } from '../../../examples/tables.mjs'
import { LONG } from '../../support/campaign.ts'
import { read } from '../../support/examples.ts'
import { chainrule, folder } from '../support.ts'

/** What a training prints. */
async function trained(
  files: Readonly<Record<string, string | Uint8Array>>,
  args: readonly string[],
): Promise<string> {
  const { status, out, err } = await chainrule(folder(files), ['train', ...args])
  expect(status, err).toBe(0)
  return out
}
const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)![1])

test('flowers', async () => {
  const out = await trained({ 'iris.net': read('iris.net'), 'iris.csv': irisCsv() }, [
    ...['iris.net', '--data', 'iris.csv', '--map', 'x=sepal_length..petal_width;y=species'],
    ...['--scale', 'standardise', '--epochs', '40', '--rate', '0.02'],
  ])
  expect(number(out, /accuracy ([\d.]+) %/)).toBeGreaterThan(96)
})

test('the weather', async () => {
  const out = await trained({ 'rnn.net': read('rnn.net'), 'weather.csv': weatherCsv() }, [
    ...['rnn.net', '--data', 'weather.csv', '--window', '7', '--map', 'x=high..season_cos;y=change'],
    ...[
      '--scale',
      'standardise',
      '--scale-targets',
      'standardise',
      '--split',
      'last',
      '--validation',
      '0.25',
    ],
    ...['--epochs', LONG ? '30' : '4'],
  ])
  // Tomorrow like today is off by 3.8.
  expect(number(out, /RMSE ([\d.]+)/)).toBeLessThan(LONG ? 3.3 : 3.6)
})

test('digits', async () => {
  const { images, labels } = digitsIdx(LONG ? 10_000 : 1000)
  const out = await trained(
    { 'digits.net': read('digits.net'), 'images.idx': images, 'labels.idx': labels },
    [
      ...['digits.net', '--data', 'x=images.idx', '--data', 'y=labels.idx', '--scale', 'minmax'],
      ...['--batch', '16', '--schedule', 'cosine', '--precision', 'f32', '--epochs', LONG ? '8' : '3'],
    ],
  )
  expect(number(out, /accuracy ([\d.]+) %/)).toBeGreaterThan(LONG ? 97 : 75)
})
