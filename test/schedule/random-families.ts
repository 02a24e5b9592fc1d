import { random } from '../../src/base/random.ts'

/** A random network of families: states that look back, some over layers too, losses that look at several members. */
export function randomFamilies(seed: string): string {
  const r = random(seed)
  const turns = r.integer(5, 11)
  const lines = [`dim T = ${turns}, D = ${r.integer(1, 3)}`]
  if (r.chance(0.5)) lines.push('batch B')
  lines.push(
    'param U[D, D], V[D, D], c[D], p',
    'param W[t][D, D] for t in 1..T',
    'param v[t][D] for t in 1..T',
    'param s[t] for t in 1..T',
    'input x[t][D] for t in 1..T',
    'input q[D]',
    'target y[D]',
    'target g[t][D] for t in 1..T',
  )
  const states = ['h', 'k', 'm'].slice(0, r.integer(1, 3))
  const back = new Map(states.map((name) => [name, r.integer(1, r.chance(0.3) ? 3 : 2)]))
  for (const name of states)
    for (let i = 0; i < back.get(name)!; i++)
      lines.push(`${name}[${-i}] = ${r.pick(['zeros(D)', 'q', 'tanh(U @ q)', 'c', 'ones(D)'])}`)
  /** Members that are read from the last to the first. */
  const turned = r.chance(0.3) ? ['x[T+1-t]', 'v[T+1-t]', '(s[T+1-t] * c)'] : []
  /** What the body has defined already. */
  const here: string[] = []
  const atom = (): string => {
    const name = r.pick(states)
    const state = `${name}[t-${r.integer(1, back.get(name)!)}]`
    return r.pick([state, state, 'x[t]', 'v[t]', 'c', 'q', ...turned, ...here.map((h) => `${h}[t]`)])
  }
  const linear = (): string =>
    r.pick([
      () => `${r.pick(['U', 'V', 'W[t]', turned.length > 0 ? 'W[T+1-t]' : 'U.T'])} @ ${atom()}`,
      () => `s[t] * ${atom()}`,
      () => `p * ${atom()}`,
      () => `${atom()} * ${atom()}`,
      () => `sum(${atom()}) * ${atom()}`,
      () => atom(),
    ])()
  const value = (): string => {
    const sum = Array.from({ length: r.integer(1, 3) }, linear).join(` ${r.pick(['+', '-'])} `)
    return `${r.pick(['tanh', 'sigmoid', 'softmax', '0.5 * sin', 'relu', 'tanh'])}(${sum})`
  }
  const energy = r.chance(0.5)
  if (energy) lines.push('e[0] = 0')
  lines.push('for t in 1..T {')
  for (const name of states) {
    if (r.chance(0.3)) {
      lines.push(`  ${name}0[t] = ${value()}`)
      here.push(`${name}0`)
    }
    lines.push(`  ${name}[t] = ${r.chance(0.25) ? `${name}[t-1] + ` : ''}${value()}`)
    here.push(name)
  }
  if (energy) lines.push(`  e[t] = ${r.pick(['', '0.5 * '])}e[t-1] + squarederror(${r.pick(here)}[t], g[t])`)
  lines.push('}')
  if (r.chance(0.3)) {
    lines.push('b[T+1] = q', `for t in 1..T { b[T+1-t] = tanh(V @ b[T+2-t] + ${r.pick(here)}[T+1-t]) }`)
    states.push('b')
  }
  if (r.chance(0.2)) {
    lines.push('m2[1] = 0', 'for t in 2..T { m2[t] = m2[t-1] + s[t] * s[t-1] + sum(v[t-1] * v[t]) }')
  }
  const last = r.pick(states)
  const terms = [`squarederror(${last}[${last === 'b' ? '1' : 'T'}], y)`]
  if (r.chance(0.4)) terms.push(`squarederror(${r.pick(states)}[${r.integer(1, turns)}], q)`)
  if (lines.includes('m2[1] = 0')) terms.push('m2[T]')
  if (energy) terms.push('e[T] / T')
  if (r.chance(0.3)) terms.push('0.1 * sum(U^2)')
  if (r.chance(0.2)) terms.push(`0.1 * sum(W[${r.integer(1, turns)}]^2)`)
  lines.push(`output ${last}[${last === 'b' ? '1' : 'T'}]`, `loss J = ${terms.join(' + ')}`)
  return `${lines.join('\n')}\n`
}
