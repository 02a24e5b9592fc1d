/**
 * Functions that people know from elsewhere (PyTorch, JAX, NumPy, TensorFlow, MATLAB, SymPy) and that the language lacks, each
 * with the spelling that does the job. One table: what becomes a function of the language goes out of it.
 *
 * In a spelling u and v are vectors, s a scalar, A and B matrices, y what the entries of v should be, p probabilities.
 * Names are compared without case and underscores: `Leaky_ReLU` is `leakyrelu`.
 */

import { letters } from './spelling.ts'

export interface Foreign {
  /** An expression of the language; undefined where there is none. */
  readonly spelling?: string | undefined
  /** What has to be known besides, or why there is none. */
  readonly note?: string | undefined
}

/** Names, their spelling, a note. */
type Row = readonly [names: string, spelling: string, note?: string]

const SPELLINGS: readonly Row[] = [
  // Powers and logarithms
  ['ln loge', 'log(v)'],
  ['lg', 'log10(v)'],
  ['exp2', '2 ^ v'],
  ['exp10', '10 ^ v'],
  ['pow power mpower', 'v ^ 2'],
  ['square sq sqr squared', 'v ^ 2'],
  ['cube', 'v ^ 3'],
  ['cbrt', 'sign(v) * abs(v) ^ (1/3)'],
  ['root nthroot', 'v ^ (1/3)', 'for v ≥ 0'],
  ['rsqrt invsqrt', '1 / sqrt(v)'],
  ['reciprocal rcp recip', '1 / v'],
  ['matrixpower matpow', 'A @ A'],
  // Operators as functions
  ['neg negative', '-v'],
  ['add plus', 'u + v'],
  ['sub subtract minus', 'u - v'],
  ['mul multiply times hadamard', 'u * v'],
  ['div divide truedivide rdivide frac', 'u / v'],
  ['matmul mm bmm mtimes matvec mv', 'A @ v'],
  ['inner vdot innerproduct dotproduct scalarproduct', 'dot(u, v)'],
  ['outerproduct ger', 'outer(u, v)'],
  ['kron', 'outer(u, v)', 'of two vectors; of matrices there is no Kronecker product'],
  [
    'einsum tensordot',
    'A @ B',
    'with A.T, dot(u, v), outer(u, v), trace(A) and sum(A, axis=1) for other sums of products',
  ],
  ['transpose permute swapaxes t', 'A.T'],
  ['tr', 'trace(A)'],
  ['lerp mix', 'u + s * (v - u)'],
  ['linear dense affine fc addmm addmv fullyconnected', 'A @ v + u'],
  [
    'lookup embeddinglookup onehotlookup',
    'A.T @ y',
    'with y a onehot vector; of positions, embedding(tok, E) or E[tok]',
  ],
  // Piecewise
  ['fabs absolute', 'abs(v)'],
  ['sgn signum', 'sign(v)'],
  ['maximum fmax', 'max(u, v)'],
  ['minimum fmin', 'min(u, v)'],
  ['clamp clipbyvalue', 'clip(v, 0, 1)'],
  ['clampmin', 'max(v, 0)'],
  ['clampmax', 'min(v, 1)'],
  ['heaviside unitstep', 'where(v > 0, 1, 0)'],
  ['threshold', 'where(v > 1, v, 0)'],
  ['piecewise iif ifelse cond select if', 'where(v > 0, u, v)'],
  ['and logicaland', 'where(u > 0, where(v > 0, 1, 0), 0)'],
  ['or logicalor', 'where(u > 0, 1, where(v > 0, 1, 0))'],
  ['logicalnot', 'where(v > 0, 0, 1)'],
  ['xor', 'where(u > 0, where(v > 0, 0, 1), where(v > 0, 1, 0))'],
  // Activations
  ['expit logistic sigm', 'sigmoid(v)'],
  ['logit', 'log(v / (1 - v))'],
  ['relu6', 'min(max(v, 0), 6)'],
  ['hardtanh', 'min(max(v, -1), 1)'],
  ['hardsigmoid', 'min(max(v / 6 + 1/2, 0), 1)'],
  ['hardswish', 'v * min(max(v / 6 + 1/2, 0), 1)'],
  ['hardshrink', 'where(abs(v) > 0.5, v, 0)'],
  ['softshrink', 'sign(v) * max(abs(v) - 0.5, 0)'],
  ['tanhshrink', 'v - tanh(v)'],
  ['softsign', 'v / (1 + abs(v))'],
  ['swish', 'silu(v)'],
  ['mish', 'v * tanh(softplus(v))'],
  ['lrelu', 'leakyrelu(v, 0.01)'],
  ['prelu rrelu', 'leakyrelu(v, s)'],
  ['celu', 'max(v, 0) + s * expm1(min(v, 0) / s)'],
  ['logsigmoid', '-softplus(-v)'],
  ['softmin', 'softmax(-v)'],
  ['lse', 'logsumexp(v)'],
  ['logaddexp', 'max(u, v) + softplus(-abs(u - v))'],
  ['gammaln loggamma', 'lgamma(v)'],
  ['psi', 'digamma(v)'],
  ['trigamma', 'polygamma1(v)'],
  // Angles
  ['arctan atan1', 'atan(v)'],
  ['arcsin', 'asin(v)'],
  ['arccos', 'acos(v)'],
  ['arctan2', 'atan2(u, v)'],
  ['sec', '1 / cos(v)'],
  ['csc cosec', '1 / sin(v)'],
  ['cot cotan', '1 / tan(v)'],
  ['sech', '1 / cosh(v)'],
  ['csch', '1 / sinh(v)'],
  ['coth', '1 / tanh(v)'],
  ['arcsinh arsinh', 'asinh(v)'],
  ['arccosh arcosh', 'acosh(v)'],
  ['arctanh artanh', 'atanh(v)'],
  ['sinc', 'sin(pi * v) / (pi * v)'],
  ['hypot', 'sqrt(u^2 + v^2)'],
  ['radians deg2rad', 'v * pi / 180'],
  ['degrees rad2deg', 'v * 180 / pi'],
  ['logcosh', 'abs(v) + softplus(-2 * abs(v)) - log(2)'],
  ['normcdf ncdf ndtr', '(1 + erf(v / sqrt(2))) / 2'],
  ['normpdf', 'exp(-v^2 / 2) / sqrt(2 * pi)'],
  // Reductions
  ['reducesum nansum total', 'sum(v)'],
  ['reducemean nanmean average avg', 'mean(v)'],
  ['amax reducemax nanmax', 'max(v)'],
  ['amin reducemin nanmin', 'min(v)'],
  ['sumsq sumsqr sumofsquares sumsquares ssq', 'sum(v^2)'],
  ['prod product reduceprod', 'prod(v[i] for i in 1..3)'],
  ['variance', 'var(v)', 'divided by the number of entries'],
  ['stddev stdev', 'std(v)', 'divided by the number of entries'],
  ['cov covariance', 'mean((u - mean(u)) * (v - mean(v)))'],
  ['rms', 'sqrt(mean(v^2))'],
  ['ptp', 'max(v) - min(v)'],
  ['l1 l1norm norm1', 'sum(abs(v))'],
  ['l2 l2norm norm2 magnitude vecnorm', 'norm(v)'],
  ['linf linfnorm norminf', 'max(abs(v))'],
  ['fro frobenius frobeniusnorm normfro matrixnorm', 'norm(A)'],
  ['dist distance euclidean pairwisedistance', 'norm(u - v)'],
  ['cosinesimilarity cossim cosine', 'dot(u, v) / (norm(u) * norm(v))'],
  ['entropy', '-sum(p * log(p))'],
  // Parts put together, windows
  ['concatenate cat hstack append', 'concat(u, v)', 'along another axis with axis='],
  ['vstack rowstack', 'stack(u, v)', 'of vectors; of matrices concat(A, B)'],
  ['hcat columnstack dstack', 'concat(A, B, axis=2)'],
  ['vcat', 'concat(A, B)'],
  ['zeropad zeropadding padzeros', 'pad(v, 1)', 'behind only: pad(v, 0, 1)'],
  ['cumulativesum runningsum', 'cumsum(v)'],
  ['globalavgpool globalaveragepool adaptiveavgpool', 'mean(A, axis=(-2, -1))'],
  ['globalmaxpool adaptivemaxpool', 'max(A, axis=(-2, -1))'],
  [
    'positionalencoding sinusoidal positionalembedding',
    'positional(3, 3)',
    'with the number of positions and of entries',
  ],
  // Normalisation
  ['normalize normalise l2normalize', 'v / norm(v)'],
  ['standardize standardise zscore', '(v - mean(v)) / std(v)'],
  ['instancenorm', 'layernorm(v)'],
  [
    'batchnorm batchnorm1d',
    '(A - mean(A, axis=1)) / sqrt(var(A, axis=1) + 1e-5)',
    'with the batch as the first axis of A; of a program with batch B mean(v, over=B) and var(v, over=B)',
  ],
  // Losses
  [
    'crossentropyloss ce categoricalcrossentropy softmaxcrossentropy',
    '-sum(y * logsoftmax(v))',
    'of logits; of probabilities crossentropy(p, y)',
  ],
  ['nll nllloss', '-sum(y * v)', 'of log-probabilities v; of probabilities crossentropy(p, y)'],
  ['bce bceloss', 'binarycrossentropy(p, y)'],
  [
    'bcewithlogits bcewithlogitsloss binarycrossentropywithlogits sigmoidcrossentropy',
    'sum(softplus(v) - y * v)',
  ],
  ['mseloss meansquarederror l2loss', 'mse(v, y)'],
  ['rmse rootmeansquarederror', 'sqrt(mse(v, y))'],
  ['sse squareerror sumsquarederror', 'sum((v - y)^2)'],
  ['mae l1loss meanabsoluteerror', 'mean(abs(v - y))'],
  ['huber huberloss smoothl1 smoothl1loss', 'sum(where(abs(v - y) < 1, (v - y)^2 / 2, abs(v - y) - 1/2))'],
  ['hinge hingeloss', 'sum(max(0, 1 - y * v))'],
  ['kl kldiv kldivergence kldivloss', 'sum(y * log(y / p))'],
  // Matrices
  ['inverse', 'inv(A)'],
  ['linsolve mldivide', 'solve(A, v)'],
  ['determinant', 'det(A)'],
  ['slogdet logabsdet', 'logdet(A)'],
  ['identity', 'eye(3)'],
  ['diagonal diagflat', 'diag(A)'],
  ['tensor array matrix vector asarray', '[[1, 2], [3, 4]]', 'of entries; data are declared: input x[D]'],
  ['full fill constant', '0.5 * ones(3)'],
  ['zeroslike', '0 * v'],
  ['oneslike', '0 * v + 1'],
  ['chol choleskyfactor', 'cholesky(A)'],
  // Derivatives
  ['detach stopgradient nograd sg', 'stop(v)'],
  [
    'grad gradient diff derivative jacobian partial autograd',
    'd(f, v)',
    'with f an expression and v the name by which it is differentiated',
  ],
  ['hessian', 'd(d(f, v), v)'],
  ['divergence', 'trace(d(v^2, v))', 'with the field in place of v^2'],
  ['laplacian', 'trace(d(d(f, v), v))'],
]

/** Where no expression does the job: names, and what is so instead. */
const ABSENT: readonly (readonly [names: string, note: string])[] = [
  [
    'floor ceil round trunc fix rint',
    'no value is rounded: the derivative of a rounded value is zero; an extent may be, dim P = floor(N / 2)',
  ],
  ['mod fmod remainder rem', 'there is no remainder: its derivative is that of its first argument'],
  [
    'argmax argmin argsort',
    'there is no index of an entry: it has no derivative; max(v) and min(v) are the entries themselves',
  ],
  ['sort topk median quantile percentile', 'nothing is sorted; max(v) and min(v) are there'],
  [
    'dropout dropout2d bernoulli',
    'nothing is random when the code runs: declare the mask as an input, and write v * mask',
  ],
  [
    'rand randn random normal gaussian uniform',
    'nothing is random when the code runs: initial values are written param W[m, n] = normal(0, 1), noise is an input',
  ],
  ['conv convolve correlate', 'write conv1d(x, K) or conv2d(x, K), with x[D, H, W] and K[C, D, U, V]'],
  [
    'conv3d convtranspose1d convtranspose2d depthwiseconv2d',
    'write it as a sum over indices: z[c, i] = sum(K[c, d, u] * x[d, i+u-1] for d in 1..D, u in 1..U) for c in 1..C, i in 1..N-U+1',
  ],
  [
    'maxpool1d maxpool2d maxpooling2d',
    'write maxpool(x, k) or maxpool(x, k, stride), over the last two axes',
  ],
  [
    'avgpool1d avgpool2d averagepooling2d meanpool',
    'write avgpool(x, k) or avgpool(x, k, stride), over the last two axes',
  ],
  ['pool', 'write maxpool(x, k) or avgpool(x, k), over the last two axes'],
  [
    'reshape view flatten ravel squeeze unsqueeze expanddims expand repeat tile broadcastto',
    'shapes are those of the declarations; a linear map of all entries of x[C, H, W] is sum(R[k] * x) for k in 1..K, with R[K, C, H, W]',
  ],
  ['split chunk slice', 'a part is x[2..5], of the last axis x[..., 2..5]'],
  ['gather indexselect take', 'declare the positions, input tok[T] : index(V), and look them up, E[tok]'],
  ['roll shift flip reverse', 'write an equation over an index: y[i] = x[N+1-i] for i in 1..N'],
  [
    'cumprod scan fold',
    'what goes on from step to step is a family: s[0] = 0, and in for t in 1..T { s[t] = s[t-1] + x[t] }',
  ],
  [
    'eig eigh eigvals svd qr lu schur expm logm sqrtm pinv',
    'there is cholesky(A) and no other decomposition; inv(A), det(A), logdet(A) and trace(A) are there',
  ],
  ['triu tril', 'write where(i >= j, A[i, j], 0) for i in 1..N, j in 1..N'],
  ['len size shape numel length ndim rank', 'a length is a dim: with x[D] it is D itself'],
  ['range arange linspace', 'an index is a number in its formula: t[i] = i / N for i in 1..N'],
  [
    'cast astype float float32 float64 double int tofloat',
    'all values are real numbers; --precision says how they are stored',
  ],
  ['real imag conj', 'all values are real numbers'],
  [
    'gamma beta factorial besselj besselj0',
    'this special function is not there; fn f(v) without a body stands for it in formulas',
  ],
  ['integral integrate quad trapz', 'nothing is integrated; a sum over points is sum(v) / n'],
  [
    'print assert display disp plot',
    'a program says what is computed, and nothing else; chainrule trace prints all values',
  ],
  ['parameter variable placeholder param', 'declare it on a line of its own: param W[H, D]'],
  ['input target', 'declare it on a line of its own: input x[D], target y[K]'],
  ['hyper', 'declare it on a line of its own: hyper c = 1'],
]

const TABLE: ReadonlyMap<string, Foreign> = new Map<string, Foreign>([
  ...SPELLINGS.flatMap(([names, spelling, note]) => entries(names, { spelling, note })),
  ...ABSENT.flatMap(([names, note]) => entries(names, { note })),
])

function entries<T>(names: string, value: T): [string, T][] {
  return names.split(' ').map((name) => [name, value])
}

/** The names of the table, for its test. */
export const foreignNames = (): string[] => [...TABLE.keys()]

/** What stands for a function of another language; undefined where the name is not known. */
export const foreignFunction = (name: string): Foreign | undefined => TABLE.get(letters(name))

/** Initialisers of other libraries. */
const INITIALISERS: ReadonlyMap<string, string> = new Map([
  ...entries('rand random randuniform', 'uniform(0, 1)'),
  ...entries('randn randnormal gaussian normal', 'normal(0, 1)'),
  ...entries('uniform', 'uniform(-1, 1)'),
  ...entries('xavier xavieruniform xaviernormal glorotuniform glorotnormal', 'glorot'),
  ...entries('kaiming kaiminguniform kaimingnormal heuniform henormal', 'he'),
  ...entries('lecununiform lecunnormal', 'lecun'),
  ...entries('zero none', 'zeros'),
  ...entries('one', 'ones'),
  ...entries('constant full fill', '0.1'),
])

export const foreignInitialiser = (name: string): string | undefined => INITIALISERS.get(letters(name))

/** Assumptions as other people call them. */
const ASSUMPTIONS: ReadonlyMap<string, string> = new Map([
  ...entries('probability probabilities prob distribution categorical stochastic', 'simplex'),
  ...entries('bool boolean bit indicator', 'binary'),
  ...entries('sym hermitian', 'symmetric'),
  ...entries('psd pd spd positivedefinite positivesemidefinite covariance', 'symmetric'),
  ...entries('nonneg', 'nonnegative'),
])

export const foreignAssumption = (name: string): string | undefined => ASSUMPTIONS.get(letters(name))

/** Names that stand for values elsewhere. */
const VALUES: ReadonlyMap<string, string> = new Map([
  ...entries('π Pi PI', 'the constant is written pi'),
  ...entries('E', 'the constant is written e'),
  ...entries('I', 'an identity matrix is written eye(n)'),
  ...entries(
    'inf Inf Infinity infty oo nan NaN',
    'every number is finite; min(u, v) and max(u, v) need no bound to begin with',
  ),
  ...entries('True False true false', 'there are no truth values: write where(a < b, u, v)'),
  ...entries('None null nil undefined', 'what is not there is left out'),
  ...entries('T', 'a transpose is written A.T'),
  ...entries('eps epsilon', 'declare it with its value: hyper eps = 1e-8'),
])

export const foreignValue = (name: string): string | undefined => VALUES.get(name)
