/** Prettier is shown a comment in place of what it would leave alone: the result is what it makes of the whole text. */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { LONGEST_FORMATTED, format, formatAll } from '../../src/emit/format.ts'
import { LONG } from '../support/campaign.ts'

const examples = new URL('../../examples/', import.meta.url)
const networks = new URL('../cases/networks/', import.meta.url)
const claims = new URL('../cases/syntax/networks/', import.meta.url)
const programs = [examples, networks, claims].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.net'))
    .map((file) => [file, new URL(file, folder)] as const),
)

describe.each(['ts', 'js'] as const)('%s', (target) => {
  // Code is laid out alike in both, and in most programs: every sixth in one of them, and all in the long campaign.
  const some = programs.filter((_, i) => LONG || i % 6 === (target === 'ts' ? 1 : 4))
  test.each(some)('%s', async (filename, url) => {
    const text = readFileSync(url, 'utf8')
    const open =
      /^dim (.*)$/m
        .exec(text)?.[1]
        ?.split(',')
        .filter((dim) => !dim.includes('=')) ?? []
    const dims = Object.fromEntries(open.map((dim, i) => [dim.trim(), i + 2]))
    const { code, types, diagnostics } = compile(text, { filename, target, dims })
    if (code === undefined) {
      // What is open but for its dims has no code.
      expect(diagnostics.map(({ severity }) => severity)).toContain('error')
      return
    }
    expect(await format(code, target)).toBe(await formatAll(code, target))
    if (types !== undefined) expect(await format(types, 'ts')).toBe(await formatAll(types, 'ts'))
  })
})

test.each([
  'const x = a * b / c + d;',
  'const x = a ** 2;',
  'const x = a % b * c;',
  'x = y ? 1 : 2;',
  'a.b[c + 1]! += 1.50;',
  'const aLongNameForAValue = Math.exp(anotherLongName * yetAnotherOne + theLastOfTheseNames * 2) + 1;',
  'const s = a[i * 100 + 1]! * b[j * 100 + 12]! + a[i * 100 + 2]! * b[j * 100 + 13]! - c[k + 1]!;',
  `const t = ${Array.from({ length: 30 }, (_, i) => `w[${i}]! * x${i}`).join(' + ')};`,
  `const u = Math.tanh(${Array.from({ length: 30 }, (_, i) => `w[${i}]! * x${i}`).join(' + ')});`,
  `loss$ -= ${Array.from({ length: 30 }, (_, i) => `q${i}`).join(' * ')};`,
  'ŷ = x + 1;',
  "if (typeof a !== 'string' || b === 'x') {\n    f('a', \"b\");\n  } else if (c) {\n    return;\n  } else {\n    g();\n  }",
  'for (let i = 0; i < n; i++) {\n    s += a[i]!;\n\n    t += s;\n  }',
  '/** A doc { */\n  x = 1;\n  /**\n   * more {\n   * and }\n   */\n  y = 2;',
  'const f = () => {\n    x = 1;\n  };',
  'const x = a && b ? c : d;',
  'const x = a & b;',
  "const x = 'it' + \"'\";",
  'const x: number = 1;',
  'const x = 1e+21 + .5;',
  '  //#0',
  '//#=',
  'if (a && !(typeof b === "number" && c.length === 48 && someLongName !== another && x)) {\n    f();\n  }',
  'throw new RangeError(`seed: expected a finite number that is quite long, got ${String(seed)}`);',
  "const x = { a: 1, b: 'two', c: [1, 2, 3], d: aLongName, e: anotherLongName, f: yetAnotherName };",
  'const f = (a: number) => a + thisIsALongName * thatIsALongName + theLastNameOfThemAll + a;',
  'const x_1 = a / b + c * (d - e) - Math.exp(-(f + g)) * hhhhhhhhhhhhh - iiiiiiiiiiiiiiiiiiii / jjjjjj;',
  'const y_2 = k / l + m * (n - o) - Math.exp(-(p + q)) * rrrrrrrrrrrrr - ssssssssssssssssssss / tttttt;',
])('a line that needs care: %s', async (line) => {
  const text = `export function f(): void {\n  ${line}\n  ${line}\n}\n`
  expect(await format(text, 'ts')).toBe(await formatAll(text, 'ts'))
})

test('objects, interfaces, and names that are not alike', async () => {
  const text = [
    'export interface Empty {\n}',
    'export interface Full extends Empty {\n  /** A doc. */\n  a?: Float64Array;\n  ŷ: number;\n}',
    "export const network = {\n  name: 'N',\n  dims: { D: 3, 'δ₂': 4 },\n  short: '" +
      'x'.repeat(90) +
      "',\n  longer: '" +
      '\\\\frac '.repeat(20) +
      "',\n  list: {\n  },\n} as const;",
    'function f(): object {\n  return {\n    a: new Float64Array(3),\n    b: 0,\n  };\n}',
    ...['const', 'let'].map(
      (word) => `${word} aaa = bbbbbbbbbbbbbbb + ${'ccccccccccc * ddd + '.repeat(6)}1;`,
    ),
    `const aab = bbbbbbbbbbbbbbb + ${'ccccccccccc * ddd + '.repeat(6)}1;`,
    `const aac = bbbbbbbbbbbbbb + ${'ccccccccccc * dddd + '.repeat(6)}12;`,
  ].join('\n\n')
  expect(await format(text + '\n', 'ts')).toBe(await formatAll(text + '\n', 'ts'))
})

test('exponents, whose signs go, are no words of a layout', async () => {
  const text =
    'const m = Math.abs(x) <= 1.7976931348623157e+308 ? x : 0;\nconst n = a <= 1e+21 ? 17 : b * 2e-7;\n'
  const whole = await formatAll(text, 'ts')
  expect(whole).toContain('e308 ? x : 0')
  expect(await format(text, 'ts')).toBe(whole)
})

test('what is too long stays as it is', async () => {
  const text = 'const x = 1\n'.repeat(LONGEST_FORMATTED / 10)
  expect(await format(text, 'ts')).toBe(text)
})
