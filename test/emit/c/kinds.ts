/** Programs of kinds that the examples are not of. */
export const KINDS: Readonly<Record<string, string>> = {
  indices: `dim T, V = 5, D = 2, K = 4
batch B
input tok[T] : index(V), len : count(T)
target y : index(K)
param E[V, D], W[K, D], v[V]
p = softmax(W @ sum(E[tok], axis=1) + where(len > 1, v[tok[2]], 0))
output p
loss J = crossentropy(p, y) + v[tok[1]]^2
`,
  hypers: `dim T
hyper lambda = 0.1, scale[2] = 0.5
input x[T], q
target y[T]
param w, c[2]
z[i] = w * x[i] + sum(c * scale) * q for i in 1..T
output z
loss J = sum((z - y)^2) + lambda * w^2
`,
  odd: `batch B
input x[21]
target y[9]
param W[13, 21], b[13], V[9, 13], c[9], s
h = relu(W @ x + b)
p = V @ (h * s) + c
output p
loss J = squarederror(p, y) + mean(abs(h)) + sqrt(1 + dot(c, c))
`,
  single: `input x[37]
target y[19]
param W[19, 37], b[19]
p = W @ x / 3 - b
output p
loss J = mean((p - y)^2) + max(0.5, sum(W))
`,
  required: `hyper rho
input x[3]
target y
param w[3]
s = dot(w, x)
output s
loss J = (s - y)^2 + rho * dot(w, w)
`,
  windows: `dim N
input x[N]
param k[3]
target y[N]
c[i] = sum(k[u] * x[i + u - 2] for u in 1..3 where i + u > 2 and i + u - 2 <= N) for i in 1..N
output c
loss J = mean((c - y)^2)
`,
  layers: `dim D[0..3] = 4, 3, 3, 2
param W[l][D[l], D[l-1]], b[l][D[l]], s[l] for l in 1..3
input x[4]
target y[2]
a[0] = x
for l in 1..3 { a[l] = tanh(s[l] * (W[l] @ a[l-1]) + b[l]) }
output a[3]
loss J = squarederror(a[3], y)
`,
  activations: `dim N = 9
batch B
input x[N]
target y[N]
param W[l][N, N], b[l][N] for l in 1..3
a = tanh(W[1] @ x + b[1])
g = sigmoid(W[2] @ a + b[2]) * a
h = tanh(W[3] @ g + b[3])
output h
loss J = squarederror(h, y)
`,
  matrices: `input A[3, 3], v[3]
target y[3]
param M[3, 3]
S = A @ A.T + M @ M.T + eye(3)
u = inv(S) @ v
output u
loss J = squarederror(u, y) + logdet(S)
`,
  long: `input x
target y
param w, b
z0 = x
${Array.from({ length: 300 }, (_, i) => `z${i + 1} = tanh(w * z${i} + b)`).join('\n')}
output z300
loss J = (z300 - y)^2 / 2
`,
  'params told by data': `dim H, D, K
batch B
input x[D]
target y[K]
param W[H, D] = he, V[K, H], s, c[K] = ones
yhat = s * (V @ tanh(W @ x)) + c
output yhat
loss J = squarederror(yhat, y)
`,
  'params that tell': `dim N, H, D = 3
input x[D]
target y
param W[H, D], v[2*H], w[N], q[2]
a = tanh(W @ x)
yhat = dot(v[1..H], a) + sum(v) * q[1]
output yhat
loss J = (yhat - y)^2 + sum(w^4) / N + q[2]^2
`,
  maxima: `batch B
input x[5]
target y
param W[4, 5]
m = max(W @ x) + min(x)
output m
loss J = (m - y)^2
`,
}
