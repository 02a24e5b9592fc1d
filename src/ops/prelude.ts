/**
 * The part of the library that is written in the language itself, an entry per function. It is parsed when a program
 * first uses it. Names here mean the library's, whatever the program declares.
 */
export const prelude = functions([
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
  // ——— Parts put together. Along another axis than the one that a shape names with `axis=`.
  `fn concat(u[M, ...], v[N, ...], w[k][P[k], ...] for k in 1..n) {
      y[0] = joined(u, v)
      y[k] = joined(y[k-1], w[k]) for k in 1..n
      return y[n]
    }`,
  `fn stack(u[...], v[...], w[k][...] for k in 1..n) {
      y[1] = u
      y[2] = v
      y[k+2] = w[k] for k in 1..n
      return y
    }`,
  `fn pad(v[..., N], before, after = before) {
      y[..., i] = sum(v[..., j] for j in 1..N where j + before == i) for i in 1..before+N+after
      return y
    }`,
  `fn cumsum(v[..., N]) {
      s[..., i] = sum(v[..., j] for j in 1..i) for i in 1..N
      return s
    }`,
  // ——— Convolutions and pools. LeCun, Bottou, Bengio, Haffner: Gradient-Based Learning Applied to Document Recognition (1998)
  `fn conv1d(x[D, N], K[C, D, U], stride = 1, padding = 0, dilation = 1, bias[C] = zeros(C)) {
      y = pad(x, padding)
      z[c, i] = bias[c] + sum(K[c, d, u] * y[d, stride*(i-1)+dilation*(u-1)+1] for d in 1..D, u in 1..U)
        for c in 1..C, i in 1..floor((N+2*padding-dilation*(U-1)-1)/stride)+1
      return z
    }`,
  `fn conv2d(x[D, H, W], K[C, D, U, V], stride = 1, padding = 0, dilation = 1, bias[C] = zeros(C)) {
      y = pad(pad(x, padding), padding, axis=-2)
      z[c, i, j] = bias[c] + sum(K[c, d, u, v] * y[d, stride*(i-1)+dilation*(u-1)+1, stride*(j-1)+dilation*(v-1)+1]
                                 for d in 1..D, u in 1..U, v in 1..V)
        for c in 1..C, i in 1..floor((H+2*padding-dilation*(U-1)-1)/stride)+1, j in 1..floor((W+2*padding-dilation*(V-1)-1)/stride)+1
      return z
    }`,
  `fn maxpool(x[..., H, W], k, stride = k) {
      y[..., i, j] = max(x[..., stride*(i-1)+u, stride*(j-1)+v] for u in 1..k, v in 1..k)
        for i in 1..floor((H-k)/stride)+1, j in 1..floor((W-k)/stride)+1
      return y
    }`,
  `fn avgpool(x[..., H, W], k, stride = k) {
      y[..., i, j] = mean(x[..., stride*(i-1)+u, stride*(j-1)+v] for u in 1..k, v in 1..k)
        for i in 1..floor((H-k)/stride)+1, j in 1..floor((W-k)/stride)+1
      return y
    }`,
  // ——— Tokens. The codes are those of Vaswani et al. (2017): positions count from 0, sines and cosines in turn.
  'fn embedding(tok, E[V, D]) = E[tok]',
  `fn positional(T, D) {
      odd[c] = sum(1 for k in 1..floor((D+1)/2) where 2*k-1 == c) for c in 1..D
      p[t, c] = where(odd[c] > 0, sin((t-1) / 10000^((c-1)/D)), cos((t-1) / 10000^((c-2)/D))) for t in 1..T, c in 1..D
      return p
    }`,
])

/** What these are made of; no program can name it. */
export const helpers = functions([
  `fn joined(u[M, ...], v[N, ...]) {
      y[i] = u[i] for i in 1..M
      y[i] = v[i-M] for i in M+1..M+N
      return y
    }`,
])

function functions(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(texts.map((text) => [text.slice(3, text.indexOf('(')), text]))
}
