import { read } from './examples.ts'

/** Programs that models of other frameworks are compared on: of what each of these writes in words of its own. */
export const FRAMEWORK_PROGRAMS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['two-layer', 'classifier-softmax'].map((name) => [name, read(`${name}.net`)])),
  'names of Python':
    'network lambda\ninput def[2], self\ntarget None\nparam torch[2], t, train\nclass = dot(torch, def) + t * self + train\noutput class\nloss L = (class − None)²\n',
  'windows and maxima':
    'batch B\ninput x[6, 6]\ntarget y : index(3)\nparam K[2, 3, 3], W[3, 2, 2, 2]\nz[c, i, j] = sum(K[c, u, v] * x[i+u-1, j+v-1] for u in 1..3, v in 1..3) for c in 1..2, i in 1..4, j in 1..4\na = maxpool(relu(z), 2)\np[k] = sum(W[k] * a) for k in 1..3\noutput p\nloss L = crossentropy(softmax(p), y)\n',
  'look-ups':
    'batch B\ninput i[3] : index(5)\ntarget y[2]\nparam E[5, 2], s\np = s * sum(embedding(i, E), axis=1)\noutput p\nloss L = mse(p, y)\n',
  'statistics of the batch':
    'batch B\ninput x[3]\ntarget y\nparam g[3], w[3]\nh = g * (x − mean(x, over=B)) / sqrt(1 + mean(x², over=B))\np = dot(w, h)\noutput p\nloss L = (p − y)²\n',
  'a hyperparameter':
    'input x[2]\ntarget y\nparam w[2]\nhyper lambda = 1/4, c[2] = [1, 2]\np = dot(w * c, x)\noutput p\nloss L = (p − y)² + lambda * sum(w²)\n',
  'ordered classes':
    'batch B\ninput x[3]\ntarget y : index(4)\nparam w[3], d[3]\nc[1] = d[1]\nc[k] = c[k-1] + exp(d[k]) for k in 2..3\nF[0] = 0\nF[k] = sigmoid(c[k] - dot(w, x)) for k in 1..3\nF[4] = 1\np[k] = F[k] - F[k-1] for k in 1..4\noutput p\nloss L = -log(p[y])\n',
  'several losses':
    'batch B\ninput z[2], x[2]\nhyper c = 1/2\nparam G[2, 2], D[2], e\nfn judge(v[2]) = sigmoid(dot(D, tanh(v)) + c * e)\nfake = G @ z\noutput fake\nloss LD = -log(judge(x)) - log(1 - judge(stop(fake))) for D, e\nloss LG = -log(judge(fake)) for G\n',
  'several losses with targets':
    'input x[3]\ntarget y, t\nparam w[3], v\np = dot(w, x)\noutput p\nloss L = (p − y)²\nloss M = (v * p − t)² + w[1]^2\n',
  'two outputs': 'input x\ntarget y\nparam w, v\na = w * x\nb = v * a\noutput a, b\nloss L = (b − y)²\n',
}
