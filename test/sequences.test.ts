/**
 * The networks of real sequences learn them: New York's weather, 2012 to 2014, with 2015 held out. Everything is the same
 * each time: the data, their order, the seed.
 */
import { expect, test } from 'vitest'
import {
  DAYS,
  EPOCHS,
  RATES,
  type Trainable,
  baselines,
  trainOnWeather,
  weatherData,
} from '../examples/demo/weather.mjs'
import { compile } from '../src/compile.ts'
import { read } from './support/examples.ts'

const data = weatherData(DAYS)

test('the data, and what is foretold without learning', () => {
  expect(data.train).toHaveLength(1096 - DAYS)
  expect(data.test).toHaveLength(365)
  const { today, season } = baselines(data)
  expect(today).toBeCloseTo(3.81, 2)
  expect(season).toBeCloseTo(4.53, 2)
})

test.each(Object.entries(RATES))('%s foretells better than that', async (name, rate) => {
  const { code } = compile(read(`${name}.net`), { target: 'js', formulas: false })
  const module = (await import(`data:text/javascript,${encodeURIComponent(code!)}`)) as Trainable<unknown>
  const { before, after, error } = trainOnWeather(module, data, { epochs: EPOCHS, rate })
  expect(after).toBeLessThan(before * 0.8)
  const { today, season } = baselines(data)
  expect(error).toBeLessThan(0.93 * Math.min(today, season))
})
