/** Programs of one shape and any length, in which what a compiler does may grow too fast. */
const times = (n: number, part: (k: number) => string, separator: string): string =>
  Array.from({ length: n }, (_, k) => part(k + 1)).join(separator)

export const SHAPES: Readonly<Record<string, (n: number) => string>> = {
  'pendulum over n steps': (n) => `dim T = ${n}
param u[t] = 0 for t in 1..T
input q0
hyper mc = 1, mp = 0.1
q[0] = q0
for t in 1..T {
  q[t] = q[t-1] + (sin(q[t-1]) - u[t]) / (4/3 - mp * cos(q[t-1])^2 / (mc + mp))
}
loss L = q[T]^2`,
  'Sinkhorn iterations': (n) => `dim n = 4, m = 5, T = ${n}
input a[n] : simplex, b[m] : simplex
param C[n, m]
K = exp(-C / 0.1)
v[0] = ones(m)
for t in 1..T {
  u[t] = a / (K @ v[t-1])
  v[t] = b / (K.T @ u[t])
}
P = diag(u[T]) @ K @ diag(v[T])
loss W = sum(P * C)`,
  'product of linear factors': (n) => `param x\nloss J = ${times(n, (k) => `(x + ${k})`, ' * ')}`,
  'product of conjugate factors': (n) =>
    `param x\nloss J = ${times(n, (k) => `(x + ${k}) * (x - ${k})`, ' * ')}`,
  'product of fractions': (n) => `param x\nloss J = ${times(n, (k) => `(x + ${k}) / (x^2 + ${k})`, ' * ')}`,
  'product of sines': (n) => `param x\nloss J = ${times(n, (k) => `sin(${k} * x)`, ' * ')}`,
  'product of functions': (n) =>
    `param ${times(n, (k) => `a${k}`, ', ')}\nloss J = ${times(n, (k) => `tanh(a${k})`, ' * ')}`,
  'sum of fractions': (n) => `param x\nloss J = ${times(n, (k) => `x / (x + ${k})`, ' + ')}`,
  'nested functions': (n) => `param x\nloss J = ${'tanh(1 + '.repeat(n)}x${')'.repeat(n)}`,
  'chain of statements': (n) =>
    `param x, y\nz0 = x\n${times(n, (k) => `z${k} = sin(z${k - 1}) * y + z${k - 1}^2 / (1 + y^2)`, '\n')}\nloss J = z${n}`,
  'chain of gates': (n) =>
    `param x, w, b\nz0 = x\n${times(n, (k) => `z${k} = log(1 + exp(w * z${k - 1} + b)) / (1 + exp(-z${k - 1}))`, '\n')}\nloss J = z${n}^2`,
}
