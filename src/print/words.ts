/** All words that stand around formulas, in each language. */
import type { Language } from '../base/language.ts'

/** The same in English and in Chinese: words, or words around something. */
const phrase = <T extends string | ((...args: readonly never[]) => string)>(en: T, zh: NoInfer<T>) => ({
  en,
  zh,
})
const words = (en: string, zh: string) => phrase<string>(en, zh)
const around = (en: (x: string) => string, zh: (x: string) => string) => phrase<(x: string) => string>(en, zh)

const PHRASES = {
  // Headings and columns.
  network: words('Network', '网络'),
  names: words('Names', '符号'),
  name: words('name', '符号'),
  role: words('role', '角色'),
  meaning: words('meaning', '含义'),
  equations: words('Equations', '方程'),
  errorTerms: words('Error terms', '误差项'),
  gradients: words('Gradients', '梯度'),
  steps: words('Derivation', '推导'),
  // What a name is.
  input: words('input', '输入'),
  target: words('target', '目标'),
  param: words('parameter', '参数'),
  hyper: words('hyperparameter', '超参数'),
  index: words('index', '下标'),
  member: words('equation', '方程'),
  adjoint: words('error term', '误差项'),
  dim: words('extent', '维数'),
  constant: words('constant', '常数'),
  loss: words('loss', '损失'),
  value: words('value', '中间量'),
  // Conventions.
  jacobianRows: words(
    'Rows of a Jacobian are the entries of what is differentiated, columns those of what it is differentiated by.',
    '雅可比矩阵的行对应被求导的量的分量，列对应求导变量的分量。',
  ),
  gradientShape: words(
    'Each gradient has the shape of its parameter; ⊙, fractions, powers and functions are elementwise.',
    '每个梯度与其参数形状相同；⊙、分式、幂和函数均按元素计算。',
  ),
  extremes: words(
    'argmax is 1 at the first greatest entry and 0 elsewhere, argmin at the first least.',
    'argmax 在第一个最大分量处为 1，其余为 0；argmin 对最小分量同理。',
  ),
  unitColumns: words(
    'Of a vector of positions, such as tok, e_tok has the unit vectors that they choose as its columns.',
    '对于由位置组成的向量（例如 tok），e_tok 以它们所选的单位向量为列。',
  ),
  oneSample: around(
    (batch) =>
      `Formulas are those of one sample: the gradient of a batch is the mean over its ${batch} samples.`,
    (batch) => `公式针对单个样本：一批数据的梯度是其 ${batch} 个样本的梯度的平均值。`,
  ),
  ends: words(
    'They hold for ranges in which the indices that are cases of their own are all different.',
    '公式适用于各单列的下标互不相同的范围。',
  ),
  samples: phrase<(index: string, size: string) => string>(
    (index, size) =>
      `Of a batch, ${index} = 1, …, ${size} is the number of the sample; loss and gradients are means over it.`,
    (index, size) => `${index} = 1, …, ${size} 是一批数据中样本的编号；损失和梯度都是对样本的平均值。`,
  ),
  entries: around(
    (list) => `Entries are called ${list}.`,
    (list) => `分量记作 ${list}。`,
  ),
  entryOf: phrase<(entry: string, whole: string) => string>(
    (entry, whole) => `${entry} of ${whole}`,
    (entry, whole) => `${whole} 的分量 ${entry}`,
  ),
  // Rules of calculus.
  identity: words('the same value', '恒等'),
  sum: words('sum rule', '和的求导法则'),
  linear: words('linear', '线性'),
  matrix: words('matrix product', '矩阵乘积'),
  power: words('power rule', '幂法则'),
  product: words('product rule', '积的求导法则'),
  quotient: words('quotient rule', '商的求导法则'),
  chain: words('chain rule', '链式法则'),
  slopeOf: around(
    (called) => `derivative of ${called}`,
    (called) => `${called}的导数`,
  ),
  // Steps.
  comma: words(', ', '、'),
  path: words('Path: ', '路径：'),
  paths: around(
    (count) => `${count} paths, whose products are added:`,
    (count) => `共 ${count} 条路径，各条路径的乘积相加：`,
  ),
  manyPaths: around(
    (count) => `${count} paths lead here; what is sent back along them is added up value by value.`,
    (count) => `共有 ${count} 条路径到此；沿这些路径传回的量在每个中间量处相加。`,
  ),
  isUsedIn: words(' is used in ', ' 用于 '),
  and: words(' and ', ' 和 '),
  stop: words('.', '。'),
  perPath: words('chain rule along each path', '沿每条路径用链式法则'),
  sumOfUses: words('chain rule, a term for each use', '链式法则，每处使用对应一项'),
  putIn: words('factors put in', '代入各因子'),
  multiplied: words('multiplied', '相乘'),
  putFor: words('put in: ', '代入：'),
  definition: words('definition of the error term', '误差项的定义'),
  simplified: words('simplified', '化简'),
  shapes: words('shapes: ', '形状：'),
  unused: words('What is differentiated does not depend on it.', '被求导的量与它无关。'),
  beforehand: words(
    'What is differentiated has been simplified, and derivatives that the program writes have been taken:',
    '求导之前已先化简，并已求出程序中所写的导数：',
  ),
  moreSteps: around(
    (count) => `${count} more steps of simplifying are not shown`,
    (count) => `另有 ${count} 步化简未列出`,
  ),
  recursive: words(
    'Adjoints are found from the loss backwards: that of a value is the sum of what its users send back, each its own adjoint times the local derivative.',
    '从损失出发反向逐个求导：损失对一个量的导数，等于使用它的各个量传回的项之和；每一项是损失对使用者的导数乘以局部导数。',
  ),
  recursiveOf: words(
    'Derivatives are found from what is differentiated backwards: that by a value is the sum over its uses, each the derivative by what uses it times the local derivative.',
    '从被求导的量出发反向逐个求导：对一个量的导数，等于它的各次使用之和；每一项是对使用者的导数乘以局部导数。',
  ),
  baseCase: words('Base case', '归纳基础'),
  inductionStep: words('Induction step', '归纳步骤'),
  everyIndex: words('For every index', '对每个下标'),
  colon: words(': ', '：'),
  induction: words(
    'By induction from the last index down: the error term of an index is made from those of later ones, which are known then.',
    '从最后一个下标向下归纳：每个下标的误差项由其后各下标的误差项得出，而后者此时已知。',
  ),
  allPutIn: words('put in', '代入'),
  sumOverTurns: words(
    'It is the same at every index: what all of them send back is added up.',
    '它在各下标处相同：各处传回的量相加。',
  ),
  stepsOfOne: words(
    'The steps are those of one sample, without its index; the results are means over the batch, since the derivative of a mean is the mean of the derivatives.',
    '推导针对单个样本，不写样本编号；结果是对一批数据的平均，因为平均值的导数等于导数的平均值。',
  ),
  needsCtex: words(
    'Chinese words need a class or package for them, such as \\usepackage{ctex}.',
    '中文文字需要相应的文档类或宏包，例如 \\usepackage{ctex}。',
  ),
  if: words('if', '若'),
  otherwise: words('otherwise', '其他情形'),
} as const

type Phrases = typeof PHRASES
/** The phrases of one language. */
export type Vocabulary = { readonly [K in keyof Phrases]: Phrases[K]['en'] }

const of = (language: Language): Vocabulary =>
  Object.fromEntries(
    Object.entries(PHRASES).map(([key, both]) => [key, both[language]]),
  ) as unknown as Vocabulary

const VOCABULARIES: Readonly<Record<Language, Vocabulary>> = { en: of('en'), zh: of('zh') }

export const vocabulary = (language: Language = 'en'): Vocabulary => VOCABULARIES[language]
