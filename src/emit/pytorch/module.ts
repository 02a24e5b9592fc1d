/**
 * A program as a module of PyTorch: its predictions, and its loss with the derived gradients as a function of autograd, so that optimizers, hooks and
 * data-parallel training of PyTorch work with it.
 */
import type { Diagnostics } from '../../base/diagnostics.ts'
import { report } from '../../base/messages.ts'
import { toNumber } from '../../base/rational.ts'
import { PROJECT, VERSION } from '../../base/version.ts'
import { type Extent, openExtent } from '../../graph/extent.ts'
import type { Network, OfLoss } from '../../graph/network.ts'
import type { Node, Symbol, SymbolNode } from '../../graph/node.ts'
import { batch } from '../../schedule/batch.ts'
import { extentText } from '../c/extents.ts'
import { batchExtent, fieldsOf, leaves, openDims } from '../fields.ts'
import { type Spread, distribution } from '../initial.ts'
import type { Emitted } from '../module.ts'
import { Refusals } from '../refusals.ts'
import { NotInPytorch, statementsOf } from './expressions.ts'
import { PythonNames, inComment, real } from './names.ts'

export interface PytorchOptions {
  readonly filename: string
  readonly comment?: ((param: Symbol, routine: string) => readonly string[]) | undefined
}

const HELPERS = `
def _bracket(relation, coefficients, arguments, offset, shape, like):
    """1 where a whole number, made of positions along axes and of arguments, is 0 (or at least 0), else 0."""
    total = torch.full(shape, offset, dtype=torch.int64, device=like.device)
    for axis, coefficient in enumerate(coefficients):
        if coefficient != 0:
            view = [1] * len(shape)
            view[axis] = shape[axis]
            total = total + coefficient * torch.arange(shape[axis], device=like.device).reshape(view)
    for multiple, argument, axes in arguments:
        view = [1] * len(shape)
        for axis, length in zip(axes, argument.shape):
            view[axis] = length
        turned = argument.permute(sorted(range(len(axes)), key=lambda k: axes[k]))
        total = total + multiple * turned.to(torch.int64).reshape(view)
    return (total == 0 if relation == 0 else total >= 0).to(like.dtype)


def _stretch(value, axes, shape):
    """A tensor along further axes, on which it does not depend; \`axes\` are those that it has."""
    view = [1] * len(shape)
    for axis, length in zip(axes, value.shape):
        view[axis] = length
    return value.reshape(view).expand(shape)


def _first(value, axes, greatest):
    """1 at the first greatest (or least) entry along the axes, 0 elsewhere."""
    rest = [axis for axis in range(value.dim()) if axis not in axes]
    turned = value.permute(rest + axes)
    flat = turned.reshape([value.shape[axis] for axis in rest] + [-1])
    at = flat.argmax(-1, keepdim=True) if greatest else flat.argmin(-1, keepdim=True)
    mask = torch.zeros_like(flat).scatter_(-1, at, 1).reshape(turned.shape)
    back = [0] * value.dim()
    for place, axis in enumerate(rest + axes):
        back[axis] = place
    return mask.permute(back)
`.trim()

/** Undefined where it cannot be emitted, which is reported. */
export function emitPytorch(
  losses: readonly OfLoss[],
  diagnostics: Diagnostics,
  options: PytorchOptions,
): Emitted | undefined {
  const { network } = losses[0]!.derived
  const refuse = new Refusals(network, diagnostics)
  refuse.abstract()
  refuse.families(fieldsOf(network, batchExtent(network.batch)).params)
  if (refuse.refused) return undefined
  try {
    return { code: new Writer(losses, options).write() }
  } catch (error) {
    if (!(error instanceof NotInPytorch)) throw error
    return void report(diagnostics, 'not-in-target', (network.loss ?? network.equations.at(-1))!.span, {
      target: 'pytorch',
      what: error.message,
    })
  }
}

/** What a loss is called by: the function of its formulas, the one of autograd, and the method of the module. */
interface Called {
  readonly function: string
  readonly class: string
  readonly method: string
}

class Writer {
  readonly #losses: readonly OfLoss[]
  readonly #network: Network
  readonly #options: PytorchOptions
  readonly #names = new PythonNames()
  readonly #calls = new Map<string, Called>()
  /** Arguments, by the names of the program. */
  readonly #arguments = new Map<string, string>()

  constructor(losses: readonly OfLoss[], options: PytorchOptions) {
    this.#losses = losses
    this.#network = losses[0]!.derived.network
    this.#options = options
    const { params, data, hypers } = this.#network
    // The functions and classes of several losses have names of their own.
    for (const { suffix } of losses) if (suffix !== undefined) this.#called(suffix)
    for (const { symbol } of [...params, ...data, ...hypers])
      this.#arguments.set(symbol.name, this.#names.fresh(symbol.name))
  }

  /** What belongs to a loss, of which there may be several. */
  #called(suffix: string | undefined): Called {
    if (suffix === undefined) return { function: 'loss_and_gradients', class: 'Loss', method: 'loss' }
    let known = this.#calls.get(suffix)
    if (!known)
      this.#calls.set(
        suffix,
        (known = {
          function: this.#names.fresh(`loss_and_gradients_${suffix}`),
          class: this.#names.fresh(`Loss_${suffix}`),
          method: this.#names.fresh(`loss_${suffix}`),
        }),
      )
    return known
  }

  #argument(symbol: Symbol): string {
    return this.#arguments.get(symbol.name)!
  }

  write(): string {
    const network = this.#network
    const all = this.#losses.map(({ derived, suffix }) => ({ ...batch(derived), suffix }))
    const file = inComment(this.#options.filename.split(/[\\/]/).at(-1)!)
    const params = network.params.map((p) => p.symbol)
    const inputs = network.data.filter((d) => d.role === 'input').map((d) => d.symbol)
    const targets = network.data.filter((d) => d.role === 'target').map((d) => d.symbol)
    const hypers = network.hypers.map((h) => h.symbol)
    const own = this.#names.fresh(network.name)
    const parts = [
      `# Generated by ${PROJECT} ${VERSION}${file === '' ? '' : ` from ${file}`}: what is edited here is lost.\nimport math\n\nimport torch`,
    ]
    const { outputs } = all[0]!
    if (outputs.length > 0)
      parts.push(
        this.#function(
          'predict',
          'The outputs: a tensor, or several by their names.',
          [...params, ...inputs, ...hypers],
          outputs.map((o) => o.node),
          (values) =>
            outputs.length === 1
              ? [`return ${values[0]}`]
              : [`return {${outputs.map((o, i) => `${JSON.stringify(o.name)}: ${values[i]}`).join(', ')}}`],
        ),
      )
    const given = [...params, ...inputs, ...targets, ...hypers]
    for (const { loss: node, gradients, suffix } of all) {
      if (!node) continue
      const called = this.#called(suffix)
      parts.push(
        this.#function(
          called.function,
          'The loss (with a batch, the mean over it), and its gradients by closed formulas.',
          given,
          [node, ...gradients.map((x) => x.node)],
          ([loss, ...found]) => [
            ...gradients.flatMap(({ symbol }, i) => [
              ...(this.#options.comment?.(symbol, `backward${suffix ?? ''}`) ?? []).map(
                (line) => `# ${inComment(line)}`,
              ),
              `grad_${this.#argument(symbol)} = ${found[i]}`,
            ]),
            `return ${[loss, ...gradients.map(({ symbol }) => `grad_${this.#argument(symbol)}`)].join(', ')}`,
          ],
        ),
        this.#autograd(
          called,
          given,
          gradients.map((x) => x.symbol),
        ),
      )
    }
    parts.push(this.#module(own, params, inputs, targets, network.loss !== undefined))
    parts.splice(1, 0, HELPERS)
    return `${parts.join('\n\n\n')}\n`
  }

  #function(
    name: string,
    doc: string,
    symbols: readonly Symbol[],
    roots: readonly Node[],
    end: (values: readonly string[]) => readonly string[],
  ): string {
    const network = this.#network
    const names = new PythonNames()
    for (const taken of this.#arguments.values()) names.fresh(taken)
    const lengths = new Map<string, string>()
    const lines: string[] = []
    const first = symbols.find((s) => s.role === 'param') ?? symbols.find((s) => s.role === 'input')!
    const like = this.#argument(first)
    lines.push(
      `def _number(value):`,
      `    return torch.as_tensor(value, dtype=${like}.dtype, device=${like}.device)`,
      '',
    )
    for (const symbol of symbols) {
      const own = this.#argument(symbol)
      const isWhole = symbol.indexes !== undefined || symbol.counts !== undefined
      if (isWhole) lines.push(`${own} = torch.as_tensor(${own}, device=${like}.device)`)
      else if (symbol.role !== 'param') lines.push(`${own} = _number(${own})`)
    }
    // Open lengths are read off the data.
    for (const symbol of symbols) {
      const shape: readonly Extent[] =
        symbol.samples === undefined ? symbol.shape : [symbol.samples, ...symbol.shape]
      shape.forEach((e, axis) => {
        if (typeof e === 'number' || openExtent(e.text) !== e || lengths.has(e.text)) return
        const length = names.fresh(e.text)
        lengths.set(e.text, length)
        lines.push(`${length} = ${this.#argument(symbol)}.shape[${axis}]`)
      })
    }
    const { lines: own, values } = statementsOf(roots, {
      names,
      symbol: (node: SymbolNode) => this.#argument(node.symbol),
      length: (dim) => {
        const known = network.dims.get(dim)
        if (typeof known === 'number') return String(known)
        const found = lengths.get(dim)
        if (found === undefined) throw new NotInPytorch(`the length ${dim}, which no data have by itself`)
        return found
      },
    })
    lines.push(
      ...own.map((line) => line.replace(/_bracket\((.*)\)$/, `_bracket($1, ${like})`)),
      ...end(roots.map((r) => values.get(r)!)),
    )
    const body = lines.map((line) => (line === '' ? '' : `    ${line}`)).join('\n')
    return `def ${name}(${symbols.map((s) => this.#argument(s)).join(', ')}):\n    """${doc}"""\n\n${body}`
  }

  /** The loss as a function of autograd: gradients are those of the formulas, and none for what has none. */
  #autograd(called: Called, all: readonly Symbol[], by: readonly Symbol[]): string {
    const given = all.map((s, i) => {
      const at = by.findIndex((x) => x.name === s.name)
      if (at < 0) return 'None'
      const own = `upstream * gradients[${at}]`
      return s.role === 'param' ? own : `${own} if ctx.needs_input_grad[${i}] else None`
    })
    return `class ${called.class}(torch.autograd.Function):
    """The loss, whose backward pass is the derived one."""

    @staticmethod
    def forward(ctx, *arguments):
        loss, *gradients = ${called.function}(*arguments)
        ctx.save_for_backward(*gradients)
        return loss

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, upstream):
        gradients = ctx.saved_tensors
        return ${given.join(', ')}${given.length === 1 ? ',' : ''}`
  }

  #module(
    own: string,
    params: readonly Symbol[],
    inputs: readonly Symbol[],
    targets: readonly Symbol[],
    hasLoss: boolean,
  ): string {
    const network = this.#network
    const fields = fieldsOf(network, batchExtent(network.batch))
    const made: string[] = []
    const reset: string[] = []
    const lengths = [...openDims(fields.params)]
    const given = new Map(lengths.map((dim) => [dim, this.#names.fresh(dim)]))
    const text = (extent: Extent): string =>
      extentText(extent, (dim) => `self.${given.get(dim)!}`).replace(/ \/ /g, ' // ')
    const spread = (s: Spread): string =>
      typeof s === 'number' ? real(s) : `${s.negative ? '-' : ''}math.sqrt(${s.over} / (${text(s.by)}))`
    made.push(...lengths.map((dim) => `self.${given.get(dim)!} = ${given.get(dim)!}`))
    for (const { item } of fields.params)
      for (const { leaf } of leaves(item)) {
        const name = `self.${this.#arguments.get(leaf.name)!}`
        const shape = `(${leaf.shape.map(text).join(', ')}${leaf.shape.length === 1 ? ',' : ''})`
        made.push(`${name} = torch.nn.Parameter(torch.empty(${shape}, dtype=dtype, device=device))`)
        const d = distribution(leaf)
        reset.push(
          d.kind === 'constant'
            ? `${name}.fill_(${real(d.value)})`
            : d.kind === 'uniform'
              ? `${name}.uniform_(${spread(d.lo)}, ${spread(d.hi)})`
              : `${name}.normal_(${real(d.mean)}, ${spread(d.sd)})`,
        )
      }
    const names = (symbols: readonly Symbol[]): string[] => symbols.map((s) => this.#argument(s))
    const hypers = network.hypers.map(({ symbol, values }) => {
      const name = this.#argument(symbol)
      if (!values) return name
      const list = values.map((v) => real(toNumber(v)))
      return `${name}=${symbol.shape.length === 0 ? list[0]! : `(${list.join(', ')},)`}`
    })
    const keywords = hypers.length === 0 ? [] : ['*', ...hypers]
    const mine = params.map((s) => `self.${this.#argument(s)}`)
    const plain = names(network.hypers.map((h) => h.symbol))
    const predicts = network.outputs.length > 0
    const signature = [
      'self',
      ...names(inputs),
      ...names(targets).map((t) => (predicts ? `${t}=None` : t)),
      ...keywords,
    ]
    const handed = (symbols: readonly Symbol[]): string => [...mine, ...names(symbols), ...plain].join(', ')
    const data = [...inputs, ...targets]
    const prediction = `return predict(${handed(inputs)})`
    const several = this.#losses.flatMap(({ derived, suffix }) =>
      suffix === undefined ? [] : [{ name: derived.network.loss!.name, ...this.#called(suffix) }],
    )
    const passed = [...names(data), ...plain.map((h) => `${h}=${h}`)].join(', ')
    const losses = several.map(({ name, method }) => `${JSON.stringify(name)}: self.${method}(${passed})`)
    const loss = several.length > 0 ? `return {${losses.join(', ')}}` : `return Loss.apply(${handed(data)})`
    const [asked] = names(targets)
    // One loss without targets is what the module is for; of several, each is asked for by its name.
    const alwaysPredicts = predicts && asked === undefined && several.length > 0
    const body =
      !hasLoss || alwaysPredicts
        ? [prediction]
        : !predicts || asked === undefined
          ? [loss]
          : [`if ${asked} is None:`, `    ${prediction}`, loss]
    const indented = (lines: readonly string[]): string => lines.map((l) => `        ${l}`).join('\n')
    const what = several.length > 0 ? 'a dict of the losses' : 'the loss'
    const doc = body.length > 1 ? `The outputs; given targets, ${what}.` : 'The value.'
    const methods = several.map(
      ({ name, method, class: its }) =>
        `\n\n    def ${method}(${['self', ...names(data), ...keywords].join(', ')}):
        """The loss ${inComment(name)}, with a gradient by what it is for."""
${indented([`return ${its}.apply(${handed(data)})`])}`,
    )
    return `class ${own}(torch.nn.Module):
    def __init__(self, ${[...given.values()].map((dim) => `${dim}, `).join('')}dtype=torch.float64, device=None):
        super().__init__()
${indented([...made, 'self.reset_parameters()'])}

    @torch.no_grad()
    def reset_parameters(self):
${indented(reset.length === 0 ? ['pass'] : reset)}

    def forward(${signature.join(', ')}):
        """${doc}"""
${indented(body)}${methods.join('')}`
  }
}
