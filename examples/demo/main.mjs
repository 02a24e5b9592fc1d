/**
 * What chainrule does, to watch: it compiles the examples, prints formulas, checks gradients, measures what they cost, and
 * trains nine networks with the code that it made, and runs programs of other trades. Ends with status 1 if any of it fails.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CLUB, trainOnClub } from './club.mjs'
import * as digits from './digits.mjs'
import { accuracy, irisData } from './iris.mjs'
import * as letters from './letters.mjs'
import { bad, command, good, heading, progress } from './terminal.mjs'
import { DAYS, EPOCHS, RATES, baselines, trainOnWeather, weatherData } from './weather.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const chainrule = join(root, 'dist/src/cli/main.js')
const out = mkdtempSync(join(tmpdir(), 'chainrule-demo-'))
const failures = []
/** The examples whose depth is open. */
const OPEN = ['deep-abstract.net', 'deep-general.net']

/** Runs the command as a user would, from the project's folder. */
function run(...args) {
  command(`chainrule ${args.map((a) => (/[*?]/.test(a) ? `'${a}'` : a === out ? '<folder>' : a)).join(' ')}`)
  const { status } = spawnSync(process.execPath, [chainrule, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'ignore'],
  })
  if (status !== 0) failures.push(`chainrule ${args.join(' ')} ended with status ${status}`)
}

function claim(holds, text) {
  console.log(`  ${holds ? good('✓') : bad('✗')} ${text}`)
  if (!holds) failures.push(text)
}

const load = (name) => import(pathToFileURL(join(out, `${name}.net.js`)))

try {
  heading('1. Networks, written as mathematics, become modules')
  const examples = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.net'))
  // Of an open depth there are formulas, and code once it is given.
  const open = examples.filter((file) => OPEN.includes(file))
  const closed = examples.filter((file) => !OPEN.includes(file))
  run('build', ...closed.map((file) => `examples/${file}`), '--out', out, '--target', 'js')
  const modules = readdirSync(out, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.js'))
    .sort()
  for (const file of modules) console.log(`  ${file}`)
  claim(modules.length === closed.length, `${modules.length} modules of ${closed.length} networks`)

  heading('2. The gradients, as a textbook would print them')
  run('latex', 'examples/scalar.net', '--format', 'text')
  console.log()
  run('latex', 'examples/classifier-softmax.net', '--format', 'text')
  for (const file of open) {
    console.log()
    run('latex', `examples/${file}`, '--format', 'text')
  }

  heading('3. Checked: against forward mode in 50 digits, central differences, and the code itself')
  run('check', 'examples/classifier-softmax.net')

  heading('4. Gradients cost what a forward pass does, and differences N times that')
  run('check', 'examples/deep.net', '--seeds', '1', '--cost')

  heading('5. Two layers learn a function of three numbers (step: one sample at a time)')
  await twoLayers()

  heading('6. Iris: 100 flowers to learn from, 50 held out (step: the whole batch)')
  await iris()

  heading('7. How much warmer is tomorrow in New York? Three years to learn from, one held out')
  await weather()

  heading('8. Handwritten digits: 8,000 to learn from, 2,000 held out')
  await handwriting()

  heading('9. A club splits: of two members it is known with whom they go')
  await club()

  heading('10. The letters of Moby-Dick, in pieces of any length: which one comes next?')
  await writing()

  heading("11. Other trades: NIST's regressions, three bodies in orbit, a distance field")
  const trades = ['examples/functions/run.mjs', 'regressions', 'orbit', 'picture']
  command(`node ${trades.join(' ')}`)
  const { status } = spawnSync(process.execPath, trades, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  claim(status === 0, 'programs that import networks, through a bundler')
} finally {
  rmSync(out, { recursive: true, force: true })
}

heading(
  failures.length === 0
    ? 'All of it worked.'
    : `Not all of it worked:\n${failures.map((f) => `  ${f}`).join('\n')}`,
)
process.exitCode = failures.length === 0 ? 0 : 1

async function twoLayers() {
  const { init, loss, step } = await load('two-layer')
  const samples = Array.from({ length: 64 }, (_, i) => {
    const x = [Math.sin(i), Math.sin(2 * i + 1), Math.sin(3 * i + 2)]
    return { x: Float64Array.from(x), y: Float64Array.from([x[0] * x[1], x[0] - x[2]]) }
  })
  const params = init(1)
  const mean = () => samples.reduce((sum, data) => sum + loss(params, data), 0) / samples.length
  const before = mean()
  const epochs = 400
  const bar = progress(epochs)
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const data of samples) step(params, data, 0.1)
    bar.update(epoch, `epoch ${epoch}: loss ${mean().toFixed(5)}`)
  }
  const after = mean()
  claim(after < before / 10, `the mean loss falls from ${before.toFixed(4)} to ${after.toFixed(4)}`)
}

async function iris() {
  const { init, forward, loss, step } = await load('iris')
  const { train, test } = irisData()
  const params = init(1)
  const before = loss(params, train)
  const epochs = 300
  const bar = progress(epochs)
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const now = step(params, train, 0.5)
    bar.update(epoch, `epoch ${epoch}: loss ${now.toFixed(5)}`)
  }
  const after = loss(params, train)
  const share = accuracy(forward(params, test).p, test.y)
  claim(after < before / 3, `the loss falls from ${before.toFixed(4)} to ${after.toFixed(4)}`)
  claim(share >= 0.95, `${(100 * share).toFixed(0)} % of the held-out flowers are told right`)
}

async function weather() {
  const data = weatherData(DAYS)
  const { today, season } = baselines(data)
  console.log(
    `  Tomorrow like today is off by ${today.toFixed(2)} °C, the mean of the season by ${season.toFixed(2)} °C.`,
  )
  for (const [name, rate] of Object.entries(RATES)) {
    const bar = progress(EPOCHS, 1)
    const { before, after, error } = trainOnWeather(await load(name), data, {
      epochs: EPOCHS,
      rate,
      told: (epoch, loss) => bar.update(epoch, `${name}, epoch ${epoch}: loss ${loss.toFixed(5)}`),
    })
    claim(after < before, `${name}: the loss falls from ${before.toFixed(4)} to ${after.toFixed(4)}`)
    claim(error < Math.min(today, season), `${name}: off by ${error.toFixed(2)} °C in the year held out`)
  }
}

async function handwriting() {
  const data = digits.digitsData()
  const needed = { digits: 0.97, transformer: 0.8 }
  run(
    'build',
    'examples/digits.net',
    'examples/transformer.net',
    '--out',
    out,
    '--target',
    'js',
    '--precision',
    'f32',
  )
  for (const [name, learning] of Object.entries(digits.LEARNING)) {
    const module = await load(name)
    const bar = progress(learning.epochs)
    const params = digits.trainOnDigits(module, data, learning, (epoch, loss) =>
      bar.update(epoch, `${name}, epoch ${epoch}: loss ${loss.toFixed(4)}`),
    )
    const share = digits.accuracy(module, params, data.test)
    claim(
      share >= needed[name],
      `${(100 * share).toFixed(1)} % of the held-out digits are told right by ${name}.net`,
    )
  }
}

async function writing() {
  const { LEARNING } = letters
  const { train, test } = letters.lettersData()
  run(
    'build',
    'examples/letters.net',
    '--out',
    out,
    ...'--target wasm --precision f32 --optimizer adam'.split(' '),
  )
  const module = await load('letters')
  const bar = progress(LEARNING.steps)
  const params = letters.trainOnLetters(module, train, LEARNING, (step, loss) =>
    bar.update(step, `step ${step}: loss ${loss.toFixed(3)}`),
  )
  const loss = letters.heldOut(module, params, test)
  claim(
    loss < 2.1,
    `the held-out text costs ${(loss / Math.LN2).toFixed(2)} bits a letter, without learning it is 5`,
  )
  console.log(`\n  ${letters.written(module, params, 'the whale ', 90)}`)
}

async function club() {
  const bar = progress(CLUB.rounds)
  const { right, of } = trainOnClub(await load('graph'), CLUB, (round, loss) =>
    bar.update(round, `round ${round}: loss ${loss.toFixed(4)}`),
  )
  claim(right >= 30, `${right} of the ${of} others are told right`)
}
