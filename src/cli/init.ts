/** `chainrule init`: the files with which a project starts. What is there already stays as it is. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { VERSION } from '../base/version.ts'
import { CONFIG_NAMES } from './config.ts'
import { say } from './console.ts'
import { commonJsPackage } from './packages.ts'
import { DONE, codeOf, problems } from './problem.ts'

const NETWORK = `// Two inputs are told apart by a hidden layer: exclusive or.
network Xor
dim H = 8
batch B
input x[2]
target y : binary
param W[H, 2] = glorot, b[H] = zeros
param v[H] = glorot, c = zeros

h = tanh(W @ x + b)
p = sigmoid(v @ h + c)
output p
loss L = binarycrossentropy(p, y)
`

const SCRIPT = `// Trains the network of src/xor.net: npm start
import { forward, init, step } from './xor.net.js'

const x = Float64Array.of(0, 0, 0, 1, 1, 0, 1, 1)
const y = Float64Array.of(0, 1, 1, 0)
const params = init(1)

for (let i = 0; i <= 2000; i++) {
  const loss = step(params, { x, y }, 0.5)
  if (i % 500 === 0) console.log(\`step \${i}: loss \${loss.toFixed(4)}\`)
}
const { p } = forward(params, { x })
for (let i = 0; i < 4; i++) console.log(\`\${x[2 * i]} xor \${x[2 * i + 1]} = \${p[i].toFixed(3)}\`)
`

const CONFIG = `import { defineConfig } from 'chainrule'

export default defineConfig({
  files: 'src/**/*.net',
  target: 'js',
  // overrides: [{ files: 'src/large.net', target: 'wasm', precision: 'f32' }],
})
`

const ATTRIBUTES = `# Made by chainrule: reviews fold them, and no merge is done by hand.
*.net.ts linguist-generated -merge
*.net.js linguist-generated -merge
*.net.mjs linguist-generated -merge
*.net.d.ts linguist-generated -merge
*.net.d.mts linguist-generated -merge
*.d.net.ts linguist-generated -merge
`

const PACKAGE = `${JSON.stringify(
  {
    private: true,
    type: 'module',
    scripts: {
      build: 'chainrule build',
      watch: 'chainrule build --watch',
      check: 'chainrule build --check',
      start: 'chainrule build && node src/train.js',
    },
    devDependencies: { chainrule: `^${VERSION}` },
  },
  undefined,
  2,
)}\n`

/** Writes what is missing. */
export function init(folder: string): number {
  const files: [path: string, text: string][] = [
    ['package.json', PACKAGE],
    ['chainrule.config.js', CONFIG],
    ['.gitattributes', ATTRIBUTES],
    ['src/xor.net', NETWORK],
    ['src/train.js', SCRIPT],
  ]
  const hasConfig = CONFIG_NAMES.some((name) => existsSync(join(folder, name)))
  const hadPackage = existsSync(join(folder, 'package.json'))
  for (const [name, text] of files) {
    const path = join(folder, name)
    if (name.startsWith('chainrule.config') && hasConfig) say(`${path} is not written: there is a config`)
    else if (create(path, text)) say(`wrote ${path}`)
    else say(`${path} is there already`)
  }
  const at = folder === '.' ? '' : `cd ${folder} && `
  if (!hadPackage) say(`next: ${at}npm install && npm start`)
  else {
    if (commonJsPackage(folder) !== undefined)
      say('write "type": "module" into package.json: the modules are ES modules')
    say(`next: ${at}npm install --save-dev chainrule && npx chainrule build && node src/train.js`)
  }
  return DONE
}

/** Writes a new file; false where one is there. */
function create(path: string, text: string): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && existsSync(path)) return false
    throw problems.unwritable(path, dirname(path), error)
  }
}
