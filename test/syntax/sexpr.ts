/** Trees as short text, for case files: `z = W @ x + b` is `(= z (+ (@ W x) b))`. Recursive: for small trees only. */
import type {
  DataDeclaration,
  Expression,
  IndexRange,
  Program,
  Range,
  Statement,
  Subscript,
} from '../../src/syntax/tree.ts'

export function programText(program: Program): string {
  return program.statements.map((statement) => statementText(statement)).join('\n')
}

const join = (...parts: (string | undefined)[]): string =>
  `(${parts.filter((part) => part !== undefined && part !== '').join(' ')})`

const all = (expressions: readonly Expression[]): string => expressions.map(expressionText).join(' ')
const brackets = (subscripts: readonly Subscript[], last?: boolean): string =>
  subscripts.length > 0 ? `[${last ? '... ' : ''}${subscripts.map(subscriptText).join(' ')}]` : ''
const extentsText = (shape: readonly Expression[] = [], further?: 'before' | 'behind'): string =>
  further === 'behind'
    ? `[${shape.map(subscriptText).join(' ')} ...]`
    : brackets(shape, further !== undefined)
const subscriptText = (subscript: Subscript): string => {
  if (subscript.kind !== 'part') return expressionText(subscript)
  return subscript.range ? rangeText(subscript.range) : ':'
}
const forText = (ranges: readonly IndexRange[]): string[] => ranges.map((range) => 'for ' + indexText(range))

function statementText(statement: Statement, indent = ''): string {
  const text = body(statement, indent)
  return indent + (statement.doc === undefined ? text : `/// ${JSON.stringify(statement.doc)} ${text}`)
}

function body(statement: Statement, indent: string): string {
  switch (statement.kind) {
    case 'network':
    case 'batch':
      return join(statement.kind, statement.name.text)
    case 'import':
      return join('import', ...statement.names.map(({ text }) => text), JSON.stringify(statement.path))
    case 'dim':
      return join(
        'dim',
        ...statement.declarations.map(({ name, range, values, doc }) =>
          join(name.text + (range ? `[${rangeText(range)}]` : ''), all(values), doc && JSON.stringify(doc)),
        ),
      )
    case 'input':
    case 'target':
    case 'param':
      return join(statement.kind, ...statement.declarations.map(datumText))
    case 'hyper':
      return join(
        'hyper',
        ...statement.declarations.map(({ name, value }) => join(name.text, value && expressionText(value))),
      )
    case 'const':
      return join(
        'const',
        ...statement.declarations.map(({ name, shape, value }) =>
          join(name.text + brackets(shape ?? []), expressionText(value)),
        ),
      )
    case 'fn':
      return join(
        statement.applies ? 'applied' : 'fn',
        statement.name.text,
        join(
          ...statement.parameters.map(
            ({ name, shape, further, several, value }) =>
              name.text +
              (several ? `[${several.index.text}]` : '') +
              extentsText(shape, further) +
              (several ? ` for ${indexText(several.range)}` : '') +
              (value ? `=${expressionText(value)}` : ''),
          ),
        ),
        statement.body && bodyText(statement.body, indent),
      )
    case 'layer':
      return (
        `(layer ${statement.name.text} ${join(...statement.parameters.map(({ name, value }) => name.text + (value ? `=${expressionText(value)}` : '')))}` +
        `${statement.body.map((inner) => '\n' + statementText(inner, indent + '  ')).join('')})`
      )
    case 'instance':
      return join(
        'instance',
        ...statement.declarations.map(({ name, family, making, doc }) =>
          join(name.text, expressionText(making), ...forText(family), doc && JSON.stringify(doc)),
        ),
      )
    case 'return':
      return join('return', all(statement.values))
    case 'equation':
      return join(
        '=',
        statement.name.text + brackets(statement.indices, statement.last),
        expressionText(statement.value),
        ...forText(statement.ranges),
      )
    case 'output':
      return join('output', all(statement.outputs))
    case 'loss':
      return join('loss', statement.name.text, expressionText(statement.value))
    case 'claim':
      return join(
        'claim',
        expressionText(statement.left),
        expressionText(statement.right),
        ...forText(statement.ranges),
      )
    case 'for':
      return `(for ${statement.ranges.map(indexText).join(', ')}${statement.body.map((inner) => '\n' + statementText(inner, indent + '  ')).join('')})`
  }
}

/** A body that is one expression is this. */
function bodyText(body: readonly Statement[], indent: string): string {
  const [only] = body
  return body.length === 1 && only!.kind === 'return' && only!.values.length === 1
    ? expressionText(only!.values[0]!)
    : body.map((inner) => '\n' + statementText(inner, indent + '  ')).join('')
}

function datumText({ name, family, shape, assumptions, initialiser, doc }: DataDeclaration): string {
  return join(
    name.text + brackets(shape),
    ...assumptions.map((assumption) => ':' + assumption.text),
    initialiser && '= ' + expressionText(initialiser),
    ...forText(family),
    doc && JSON.stringify(doc),
  )
}

const rangeText = ({ from, to }: Range): string => `${expressionText(from)}..${expressionText(to)}`
const indexText = ({ name, range }: IndexRange): string => `${name.text} ${rangeText(range)}`

export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return expression.text
    case 'name':
      return expression.name
    case 'negate':
      return join('-', expressionText(expression.operand))
    case 'not':
      return join('not', expressionText(expression.operand))
    case 'result':
      return join('result', String(expression.position), expressionText(expression.of))
    case 'literal':
      return join('[]', all(expression.items))
    case 'transpose':
      return join('T', expressionText(expression.operand))
    case 'binary':
    case 'comparison':
    case 'logical':
      return join(expression.operator, expressionText(expression.left), expressionText(expression.right))
    case 'call':
      return join(
        (expression.of ? expressionText(expression.of) : expression.callee.text) +
          "'".repeat(('order' in expression && expression.order) || 0),
        all(expression.args),
        ...expression.named.map(({ name, value }) => `${name.text}=${expressionText(value)}`),
      )
    case 'reduction':
      return join(
        expression.callee.text,
        expressionText(expression.body),
        ...forText(expression.ranges),
        expression.condition && 'where ' + expressionText(expression.condition),
      )
    case 'field':
      return `${expressionText(expression.object)}.${expression.field.text}`
    case 'index':
      return expressionText(expression.object) + brackets(expression.indices, expression.last)
  }
}
