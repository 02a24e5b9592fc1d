/**
 * The part of the library that is written in the language itself, a line per function. A line is parsed when a program
 * first uses it. Names here mean the library's, whatever the program declares.
 */
export const prelude: ReadonlyMap<string, string> = new Map(
  [
    // Of equals max follows the first, so that the slope at 0 is 0.
    'fn relu(v) = max(0, v)',
    'fn leakyrelu(v, alpha) = where(v > 0, v, alpha * v)',
    // min keeps the branch that is not taken finite: e^v of a large v would be ∞ there, and 0·∞ is NaN.
    'fn elu(v) = where(v > 0, v, expm1(min(v, 0)))',
    // λ and α of Klambauer, Unterthiner, Mayr, Hochreiter: Self-Normalizing Neural Networks (2017)
    'fn selu(v) = 1.0507009873554804934193349852946 * where(v > 0, v, 1.6732632423543772848170429916717 * expm1(min(v, 0)))',
    // v·Φ(v), Φ the normal distribution (Hendrycks, Gimpel 2016)
    'fn gelu(v) = 1/2 * v * (1 + erf(v / sqrt(2)))',
    'fn silu(v) = v * sigmoid(v)',
    'fn norm(v) = sqrt(sum(v^2))',
    'fn squarederror(a, y) = 1/2 * sum((a - y)^2)',
    'fn mse(a, y) = mean((a - y)^2)',
    // `chosen` makes unit vectors of a class index.
    'fn crossentropy(a, y) = -sum(chosen(y) * log(a))',
    'fn clip(v, lo, hi) = min(max(v, lo), hi)',
    'fn cross(a[3], b[3]) = [a[2] * b[3] - a[3] * b[2], a[3] * b[1] - a[1] * b[3], a[1] * b[2] - a[2] * b[1]]',
    // Ba, Kiros, Hinton: Layer Normalization (2016); Zhang, Sennrich: Root Mean Square Layer Normalization (2019)
    'fn layernorm(v, eps = 1e-5) = (v - mean(v, axis=-1, keep)) / sqrt(var(v, axis=-1, keep) + eps)',
    'fn rmsnorm(v, eps = 1e-6) = v / sqrt(mean(v^2, axis=-1, keep) + eps)',
    // Vaswani et al.: Attention Is All You Need (2017)
    'fn attention(q[T, D], k[S, D], v[S, E]) = softmax(q @ k.T / sqrt(D)) @ v',
    'fn binarycrossentropy(a, y) = -sum(y * log(a) + (1 - y) * log(1 - a))',
  ].map((line) => [line.slice(3, line.indexOf('(')), line]),
)
