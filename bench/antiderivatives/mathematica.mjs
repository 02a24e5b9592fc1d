// Reads a file of a test suite of integration in Mathematica's syntax, `{integrand, variable, steps, antiderivative, …}`, and
// says what our language can say of it.

/** What one file says: the entries at its outermost level as trees. What cannot be read is left out, and counted. */
export function entriesOf(text) {
  const found = { entries: [], unread: 0 }
  for (const part of outermost(withoutComments(text))) {
    try {
      const list = new Parser(part).whole()
      if (list.kind !== 'list' || list.items.length < 4) continue
      const [integrand, variable, , antiderivative] = list.items
      if (variable.kind === 'name') found.entries.push({ integrand, variable: variable.name, antiderivative })
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      found.unread++
    }
  }
  return found
}

class Unreadable extends Error {}

function withoutComments(text) {
  let depth = 0
  let out = ''
  for (let i = 0; i < text.length; i++) {
    if (text.startsWith('(*', i)) {
      depth++
      i++
    } else if (depth > 0 && text.startsWith('*)', i)) {
      depth--
      i++
    } else if (depth === 0) out += text[i]
  }
  return out
}

function* outermost(text) {
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{' && depth++ === 0) start = i
    if (text[i] === '}' && --depth === 0) yield text.slice(start, i + 1)
  }
}

/** Precedence climbing over + − * / ^, with multiplication by juxtaposition. */
class Parser {
  constructor(text) {
    this.tokens = text.match(/\d+\.?\d*|[A-Za-z$][A-Za-z0-9$]*|\S/g) ?? []
    this.at = 0
  }
  get next() {
    return this.tokens[this.at]
  }
  take(token) {
    if (this.next !== token) return false
    this.at++
    return true
  }
  expect(token) {
    if (!this.take(token)) throw new Unreadable(`${token} expected`)
  }
  whole() {
    const tree = this.sum()
    if (this.at < this.tokens.length) throw new Unreadable(this.next)
    return tree
  }
  sum() {
    let left = this.product()
    for (;;) {
      if (this.take('+')) left = { kind: '+', args: [left, this.product()] }
      else if (this.take('-')) left = { kind: '-', args: [left, this.product()] }
      else return left
    }
  }
  product() {
    let left = this.signed()
    for (;;) {
      if (this.take('*')) left = { kind: '*', args: [left, this.signed()] }
      else if (this.take('/')) left = { kind: '/', args: [left, this.signed()] }
      else if (/^[A-Za-z0-9$(]/.test(this.next ?? '')) left = { kind: '*', args: [left, this.power()] }
      else return left
    }
  }
  signed() {
    if (this.take('-')) return { kind: 'negative', args: [this.signed()] }
    if (this.take('+')) return this.signed()
    return this.power()
  }
  power() {
    const base = this.atom()
    return this.take('^') ? { kind: '^', args: [base, this.signed()] } : base
  }
  atom() {
    const token = this.next
    this.at++
    if (token === undefined) throw new Unreadable('end')
    if (/^\d/.test(token)) return { kind: 'number', text: token }
    if (token === '(') {
      const inner = this.sum()
      this.expect(')')
      return inner
    }
    if (token === '{') return { kind: 'list', items: this.items('}') }
    if (!/^[A-Za-z$]/.test(token)) throw new Unreadable(token)
    if (this.take('[')) return { kind: 'call', name: token, args: this.items(']') }
    return { kind: 'name', name: token }
  }
  items(end) {
    const items = []
    if (this.take(end)) return items
    do items.push(this.sum())
    while (this.take(','))
    this.expect(end)
    return items
  }
}

/** Functions of Mathematica in our language; those that it has not by their definitions on the real line. */
const FUNCTIONS = {
  Sqrt: (u) => `sqrt(${u})`,
  Exp: (u) => `exp(${u})`,
  Log: (u) => `log(${u})`,
  Abs: (u) => `abs(${u})`,
  Sign: (u) => `sign(${u})`,
  Sin: (u) => `sin(${u})`,
  Cos: (u) => `cos(${u})`,
  Tan: (u) => `tan(${u})`,
  Sec: (u) => `(1 / cos(${u}))`,
  Csc: (u) => `(1 / sin(${u}))`,
  Cot: (u) => `(1 / tan(${u}))`,
  Sinh: (u) => `sinh(${u})`,
  Cosh: (u) => `cosh(${u})`,
  Tanh: (u) => `tanh(${u})`,
  Sech: (u) => `(1 / cosh(${u}))`,
  Csch: (u) => `(1 / sinh(${u}))`,
  Coth: (u) => `(1 / tanh(${u}))`,
  ArcTan: (u) => `atan(${u})`,
  ArcCot: (u) => `atan(1 / (${u}))`,
  ArcSin: (u) => `atan((${u}) / sqrt(1 - (${u})^2))`,
  ArcCos: (u) => `(pi / 2 - atan((${u}) / sqrt(1 - (${u})^2)))`,
  ArcSinh: (u) => `log((${u}) + sqrt((${u})^2 + 1))`,
  ArcCosh: (u) => `log((${u}) + sqrt((${u}) - 1) * sqrt((${u}) + 1))`,
  ArcTanh: (u) => `(1/2 * log((1 + (${u})) / (1 - (${u}))))`,
  ArcCoth: (u) => `(1/2 * log(((${u}) + 1) / ((${u}) - 1)))`,
  Erf: (u) => `erf(${u})`,
  Erfc: (u) => `(1 - erf(${u}))`,
}

/** A tree in our language, or nothing where it cannot say it. `names` are collected, with those that mean something taken apart. */
export function inOurLanguage(tree, names) {
  const of = (t) => inOurLanguage(t, names)
  switch (tree.kind) {
    case 'number':
      return tree.text.endsWith('.') ? tree.text.slice(0, -1) : tree.text
    case 'name': {
      if (tree.name === 'Pi') return 'pi'
      if (tree.name === 'E') return 'exp(1)'
      if (!/^[a-zA-Z]$/.test(tree.name) || tree.name === 'I') return undefined
      // e is Euler's number in our language.
      const name = tree.name === 'e' ? 'k0' : tree.name
      names.add(name)
      return name
    }
    case 'negative': {
      const u = of(tree.args[0])
      return u && `(-${u})`
    }
    case 'call': {
      const args = tree.args.map(of)
      if (args.length !== 1 || !args[0] || !Object.hasOwn(FUNCTIONS, tree.name)) return undefined
      return FUNCTIONS[tree.name](args[0])
    }
    case '^': {
      const [base, exponent] = tree.args
      const power = of(exponent)
      if (base.kind === 'name' && base.name === 'E') return power && `exp(${power})`
      const u = of(base)
      return u && power && `(${u})^(${power})`
    }
    case '+':
    case '-':
    case '*':
    case '/': {
      const [u, v] = tree.args.map(of)
      return u && v && `(${u} ${tree.kind} ${v})`
    }
    default:
      return undefined
  }
}

/** The program that claims of an entry that its antiderivative is one; undefined where our language cannot say it. */
export function programOf({ integrand, variable, antiderivative }, spoil) {
  const names = new Set()
  const [f, F] = [integrand, antiderivative].map((tree) => inOurLanguage(tree, names))
  if (!f || !F || !names.has(variable) || variable === 'e') return undefined
  const spoilt = spoil ? `${F} + ${variable}^2 / 10^6` : F
  return `param ${[...names].sort().join(', ')}\nloss J = ${variable}\nclaim d(${spoilt}, ${variable}) = ${f}\n`
}
