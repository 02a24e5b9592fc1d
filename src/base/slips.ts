/**
 * Writing from other languages, and what it is in this one. A row is a pattern and the way out; the first that fits is said.
 * One table for characters without a meaning, one for tokens that do not belong where they stand.
 */

type Slips = readonly (readonly [pattern: RegExp, hint: string])[]

const TRANSPOSE = 'a transpose is written A.T'
const BOTH = 'two conditions at once are written a < b and c < d'
const EITHER = 'one of two conditions is written a < b or c < d'
const CHOICE = 'a choice is written where(a < b, u, v)'
const LATEX = 'no LaTeX is read: write a / b, sqrt(v), sum(v), and letters such as σ or alpha as they are'
const SUBSCRIPT = 'a subscript is part of a name, x_1 or x₁; an element is x[1]'
const SLICE =
  'a part is written x[2..5], both ends included, a column W[:, 2]; an element is x[1], of a matrix W[1, 2]'
const SUM_OVER =
  'sum(v) adds all entries, sum(A, axis=1) those along an axis, sum(x[i] * w[i] for i in 1..N) what depends on an index'
const JOIN = 'tensors are not joined: instead of W @ [u; v] write U @ u + V @ v'
const NO_CHANGE = 'a value never changes after it is defined: give the new one a name of its own'
const SINGLE_EQUALS = 'an equation is written with a single ='
const BLOCK = 'a block is written for l in 1..L { … }'
const MODULE = 'functions stand by themselves: sum(v), log(v), A @ B, A.T'

/** Against the text from the character on. */
const CHARACTERS: Slips = [
  [/^\.(T|t|transpose|mT|H|adjoint)\b/u, TRANSPOSE],
  [/^\.(\*|\/|\^|')/u, 'without the dot: * / ^ are elementwise, @ is the product of matrices'],
  [/^\.(dot|mm|matmul|mv|inner)\b/u, 'a product of matrices and vectors is written A @ B, or dot(u, v)'],
  [/^\.(pow|square)\b/u, 'a power is written v ^ 2'],
  [/^\.(shape|size|ndim|length|numel)\b/u, 'a length is a dim: with x[D] it is D itself'],
  [
    /^\.(?<f>sum|mean|max|min|exp|log|sqrt|abs|norm|sigmoid|tanh|relu|softmax|trace|det|inv|diag)\b/u,
    'a function stands before its argument: $<f>(v)',
  ],
  [/^\.[\p{L}_]/u, MODULE],
  [/^\./u, 'a transpose is written A.T, a range 1..L, a number 0.5'],
  [/^×/u, 'a product is written * (elementwise) or @ (of matrices)'],
  [/^[∗＊•]/u, 'a product is written *'],
  [/^[⊗]/u, 'of two vectors write outer(u, v)'],
  [/^[÷／∕]/u, 'a quotient is written /'],
  [/^[–—﹣－]/u, 'this is a dash: a minus is written -'],
  [/^[，、]/u, 'a comma is written ,'],
  [/^（/u, 'a bracket is written ('],
  [/^）/u, 'a bracket is written )'],
  [/^：/u, 'a colon is written :'],
  [/^；/u, 'statements are separated by line breaks or ;'],
  [/^＝/u, 'an equals sign is written ='],
  [/^＋/u, 'a plus is written +'],
  [/^!/u, 'unequal is written !=, the opposite of a condition not'],
  [/^['′]\(/u, 'a derivative is written d(f(v), v)'],
  [/^['’‘]/u, TRANSPOSE],
  [/^[′″]/u, `${TRANSPOSE}, a derivative d(f, v); a second x has a name such as x1`],
  [/^[⊤]/u, TRANSPOSE],
  [/^#/u, 'a comment begins with //'],
  [/^%/u, 'a comment begins with //; there is no remainder'],
  [/^["“”„«»]/u, 'nothing is quoted but the path of an import'],
  [/^&/u, BOTH],
  [/^\|\|(?=\s|$)/u, EITHER],
  [/^\|\|/u, 'a norm is written norm(v), an absolute value abs(v)'],
  [/^\|/u, 'an absolute value is written abs(v), a determinant det(A)'],
  [/^[∥‖]/u, 'a norm is written norm(v)'],
  [/^[⟨⟩〈〉]/u, 'a scalar product is written dot(u, v)'],
  [/^√/u, 'a root is written sqrt(v)'],
  [/^[∇∂]/u, 'a derivative is written d(f, v)'],
  [/^∫/u, 'nothing is integrated; a sum over points is sum(v) / n'],
  [/^∏/u, 'a product is written prod(v[i] for i in 1..N)'],
  [/^∈/u, 'a range is written for i in 1..N; a vector of length D is declared input x[D]'],
  [/^[∧]/u, BOTH],
  [/^[∨]/u, EITHER],
  [/^[∞]/u, 'every number is finite; min(u, v) and max(u, v) need no bound to begin with'],
  [/^[←≔⇐]/u, SINGLE_EQUALS],
  [/^\?/u, CHOICE],
  [/^\\\s/u, 'A \\ b is written solve(A, b)'],
  [/^[\\$]/u, LATEX],
  [/^~/u, 'an initial value is written param w = normal(0, 1)'],
  [/^[→⇒]/u, 'a function is written fn f(v) = …'],
  [/^⁻¹/u, 'an inverse is written inv(A), a quotient 1 / v'],
  [/^[⁰¹⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]/u, 'a power is written a ^ b'],
  [/^[∘]/u, 'a product is written *, a function of a function f(g(v))'],
  [/^[△Δ]/u, 'a name begins with a letter'],
]

/**
 * Against the statement's words with a blank between them: `at` marks the one that does not belong, `^` holds at the
 * statement's beginning.
 */
const WORDS: Slips = [
  [/^(param|input|target|hyper|dim|output) ¦ :/u, 'no colon stands behind the word: param w'],
  [/¦ (mod|rem)\b/u, 'there is no remainder: its derivative is that of its first argument'],
  [/\bfor \S+ ¦ =|^(input|target|param) .* for \S+ in [^{]*¦/u, 'a range is written for l in 1..L'],
  [/¦ \[ [^\]]*[<>=]|¦ \{ [^}]*[<>]/u, CHOICE],
  [/¦ < \S+ , \S+ >/u, 'a scalar product is written dot(u, v)'],
  [
    /\b(?<f>sin|cos|tan|sinh|cosh|tanh|log|exp)( \^)? (²|³|\d) ¦ /u,
    'a power of a function is written $<f>(v)^2',
  ],
  [/¦ \.\d/u, 'an element is x[1]'],
  [
    /^(input|target|param) .*(¦ (float|double|int|real|number|f32|f64|tensor)|: (float|double|int|real|number|f32|f64|tensor)\S* ¦)/iu,
    'all values are real numbers, so that no type is written: input x[D]',
  ],
  [
    /^(input|target|param) [^=]*\[ ¦ [\]:]/u,
    'an open length is a dim: dim D, and then x[D]; a scalar has no brackets',
  ],
  [/^(input|target|param) [^=]*\[ [^\]]*¦ (\.\.|:)/u, 'an extent is one number, or a dim: x[3]'],
  [
    /^(param|input|target|hyper|dim|output) [^=]*[^,:=] ¦ [\p{L}_]/u,
    'names are separated by commas: param a, b',
  ],
  [/^\S+ ¦ \( [^)]*\) =/u, 'a function is written fn f(v) = …'],
  [
    /^(optimizer|optimiser|train|fit|epochs|sgd|adam|step) ¦/iu,
    'a program does not train: the module that build writes has step(params, data, rate)',
  ],
  [
    /^batch (\S+ )?¦ (\d|=)/u,
    'the batch has a name only, batch B; its length is that of the data, or --batch 32',
  ],
  [/^(input|target|param) [^:=]*(: )?¦ (>|<|>=|<=) /u, 'what is assumed stands after a colon: w : positive'],
  [/^(param|hyper) [^,]*= [^,]* , ¦ \S*\d/u, 'an initial value is one number for all entries'],
  [
    /^(let|var|auto|val|set|local) ¦/u,
    'an equation needs no keyword: z = …; a number that may be given later is hyper c = 3',
  ],
  [/^(def|function|func|fun|define) ¦/u, 'a function is written fn f(v) = …'],
  [/^fn \S+ \( [^)]* \) ¦ (:|- >|=>|\{)/u, 'a function is written fn f(v) = …, or fn f(v) { … return y }'],
  [/^fn \S+ ¦ =/u, 'a function names its arguments: fn f(v) = …'],
  [
    /^import ¦/u,
    'an import names what it takes, and from where, import { f, g } from "./layers.net"; functions of the language are there',
  ],
  [/^import \{ [^}]*\} from ¦/u, 'the path of the file stands in quotes: from "./layers.net"'],
  [
    /^(from|using|include|require|package|use) ¦/u,
    'what is imported is of other .net files, import { f } from "./layers.net"; functions of the language are there',
  ],
  [/^return ¦/u, 'what is returned is declared: output z'],
  [
    /^(print|assert|disp) ¦/u,
    'a program says what is computed, and nothing else; chainrule trace prints all values',
  ],
  [/^(if|elif|else|elseif|switch|case|when|match|unless) ¦/u, CHOICE],
  [/^(while|do|repeat|loop|foreach|until) ¦/u, BLOCK],
  [/^(end|endfor|endfunction|begin|done|fi) ¦/u, 'a block ends with }'],
  [
    /^(class|struct|type|module|model|interface) ¦/u,
    'one file is one network: network NAME, then declarations and equations',
  ],
  [
    /^(int|float|double|real|scalar|number|tensor|matrix|vector|array|Tensor) ¦/u,
    'declare it by its part: input x[D], target y[K], param W[K, D], hyper c = 1',
  ],
  [
    /^(weight|weights|parameter|parameters|params|learnable|trainable|Parameter|variable|Variable) ¦/u,
    'what is learned is declared with: param W[H, D]',
  ],
  [
    /^(minimize|minimise|maximize|maximise|min|objective|cost) ¦ (?!=)/u,
    'what is minimised is written loss J = …',
  ],
  [/^(dimension|dimensions|dims|size|sizes) ¦/u, 'extents are declared with: dim D = 3'],
  [/^(inputs|data|given|in) ¦/u, 'inputs are declared with: input x[D]'],
  [/^(outputs|out|predict) ¦/u, 'what is predicted is declared with: output z'],
  [/^(targets|label|labels|truth) ¦/u, 'targets are declared with: target y[K]'],
  [
    /^(constant|hyperparameter|hyperparam) ¦/u,
    'a number that is given when the code runs is declared with: hyper c = 3; a known one with: const c = 3',
  ],
  [/^(input|target|param) [^=]*¦ \(/u, 'extents stand in square brackets: W[H, D]'],
  [/^(input|target|param) [^=]*¦ (×|x|by) /u, 'extents are separated by commas: W[H, D]'],
  [/^(input|target|param) [^=]*: ¦ (\[|\(|\d)/u, 'extents stand right behind the name: W[H, D]'],
  [/^dim \S+ ¦ (:|in)/u, 'an extent is written dim D = 3'],
  [/^loss ¦ (=|:)/u, 'the loss has a name: loss J = …'],
  [/^loss \S+ ¦/u, 'a loss is written loss J = …'],
  [/^output \S+ ¦ =/u, 'write the equation on a line of its own, and output with its name only'],
  [
    /^(network|batch) \S+ ¦ (=|:|\{)/u,
    'only the name stands here; what belongs to the network follows on the next lines',
  ],
  [/^for \S+ ¦ =/u, BLOCK],
  [/^for ¦ \(/u, BLOCK],
  [/^for \S+ in [^{]*¦/u, BLOCK],
  [/^\S+ (\[[^\]]*\] )?¦ : =/u, SINGLE_EQUALS],
  [/^\S+ (\[[^\]]*\] )?¦ (==|~=|<-)/u, SINGLE_EQUALS],
  [/^\S+ (\[[^\]]*\] )?¦ < -/u, SINGLE_EQUALS],
  [/^\S+ (\[[^\]]*\] )?¦ [-+*/@^] =/u, NO_CHANGE],
  [/¦ [-+*/@^] =|[-+*/@^] ¦ =/u, NO_CHANGE],
  [/^\S+ ¦ (\+ \+|- -)/u, NO_CHANGE],
  [/^\( .*, .*\) ¦ =/u, 'what a function gives has names without brackets: u, v = f(x)'],
  [
    /\b(?<f>sum|mean|exp|log|ln|sin|cos|tan|tanh|sqrt|abs|sign|sigmoid|relu|softmax|softplus|norm|trace|det|logdet|inv|diag|max|min|erf) ¦ [^=[]/u,
    'a call needs its brackets: $<f>(…)',
  ],
  [/^(for [^{]* \{ )?\S+ \[ [^\]]*\] ¦ \[/u, 'the indices of an equation stand in one bracket: a[t, j] = …'],
  [
    /\[ [^[\]]*(\[ [^[\]]*\] [^[\]]*)*¦ for\b/u,
    'what depends on an index has an equation of its own: e[i] = … for i in 1..N; then e is all of them',
  ],
  [/¦ and\b|^and ¦/u, BOTH],
  [/¦ (or|xor)\b|^or ¦/u, EITHER],
  [/[([,] for ¦/u, 'a value stands before its indices: sum(x[i] for i in 1..N)'],
  [/\bfor .* in .* ¦ for\b/u, 'several indices are written for i in 1..N, j in 1..M'],
  [/\bfor .* in .* ¦ if\b/u, 'a condition stands behind where: sum(x[i] for i in 1..N where i != 2)'],
  [/\bfor .* in .* ¦ where\b/u, 'an equation has no condition: its value may be where(a < b, u, v)'],
  [/^\S+ \[ [^=]*¦ (\.\.|:)/u, 'entries are defined by an index: r[i] = x[i] for i in 1..3'],
  [/(¦ (if|else|then|unless)|\bif ¦)/u, CHOICE],
  [/[([,] ¦ :|\[ [^\]]*¦ :/u, SLICE],
  [/[([] .*¦ for\b|\( .*\S = \S+ ¦ \.\./u, SUM_OVER],
  [/\b(Σ|sum|∑) ¦ (_|\^|\{)|\b(Σ|∑) ¦/u, SUM_OVER],
  [/(\bsum|Σ)_\S* ¦/u, SUM_OVER],
  [/\blambda ¦ [^:]*:/u, 'a function is written fn f(v) = …'],
  [/¦ ;/u, JOIN],
  [/(<|<=|>|>=|==|!=) [^<>=]*¦ (<|<=|>|>=|==|!=)/u, 'one relation at a time: write a < b and b < c'],
  [/\S_ ¦ \{|_\S* ¦ \{/u, SUBSCRIPT],
  [/\^ ¦ \{/u, 'brackets are round: a^(b + c); a transpose is A.T, an inverse inv(A)'],
  [/¦ \{/u, 'brackets around expressions are round: ( … )'],
  [/\d ¦ , \d+( |$)/u, 'a decimal point is a point: 0.5'],
  [/¦ - >|¦ = >/u, 'a function is written fn f(v) = …'],
  [/\^ ¦ (\*|\^)/u, 'a power is written a ^ b'],
  [
    /¦ (is|of|with|where|subject|such|given)\b/u,
    'a line is an equation or a declaration; words beside it go into a comment, // …',
  ],
  [
    /^(?!(network|dim|batch|input|target|param|hyper|const|fn|output|loss|claim|for) )\S+ ¦ ?$/u,
    'a line is a declaration, such as param w, or an equation, such as z = 2 * w',
  ],
]

const first = (slips: Slips, text: string): string | undefined => {
  for (const [pattern, hint] of slips) {
    const found = pattern.exec(text)
    if (found) return hint.replace('$<f>', found.groups?.['f'] ?? '')
  }
  return undefined
}

/** For a character without a meaning, by the text that begins with it. */
export const characterSlip = (text: string): string | undefined => first(CHARACTERS, text.slice(0, 24))

/** For a word that does not belong where it stands, by the words before it from the beginning, and those from it on. */
export const wordSlip = (before: readonly string[], after: readonly string[]): string | undefined =>
  first(WORDS, [...before, '¦', ...after].join(' '))
