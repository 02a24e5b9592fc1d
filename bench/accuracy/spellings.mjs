/*
 * Formulas as people write them, by the kind of what may go wrong: what overflows, cancels or comes to 0/0 or 0·∞ as it is written
 * though it has a value. Statements are separated by semicolons.
 */
const kinds = {
  'named exponentials': {
    'softmax by parts':
      'target y[3] : onehot; param s[3]; E = exp(s); p = E / sum(E); loss J = -sum(y * log(p))',
    'softmax, squared error': 'target y[3]; param s[3]; E = exp(s); loss J = sum((E / sum(E) - y)^2)',
    'logistic by parts': 'target y; param a; e = exp(-a); p = 1 / (1 + e); loss J = (p - y)^2',
    'logistic by the other exponential': 'target y; param a; e = exp(a); p = e / (e + 1); loss J = (p - y)^2',
    'tanh by exponentials': 'param a; u = exp(a); v = exp(-a); loss J = (u - v) / (u + v)',
    'a gate of two':
      'input u, v; param a, b; A = exp(a); B = exp(b); g = A / (A + B); loss J = g * u + (1 - g) * v',
    'free energy': 'input eps[3]; param T : positive; b = exp(-eps / T); loss J = -T * log(sum(b))',
    'attention by parts': 'input V[3]; param s[3]; w = exp(s); loss J = dot(w / sum(w), V)',
  },
  'log-sum-exp': {
    'of a sum': 'param s[3]; loss J = log(sum(exp(s)))',
    'of two': 'param a, b; loss J = log(exp(a) + exp(b))',
    'of three by index': 'param s[3]; loss J = log(exp(s[1]) + exp(s[2]) + exp(s[3]))',
    weighted: 'input w[3] : positive; param s[3]; loss J = log(dot(w, exp(s)))',
    'of a mean': 'param s[3]; loss J = log(mean(exp(s)))',
    'with a constant': 'param a; loss J = log(2 + exp(a))',
    'log-cosh': 'param a; loss J = log(cosh(a))',
    'a mixture of normals':
      'param a, b, w; m = sigmoid(w); loss J = -log(m * exp(-a^2 / 2) + (1 - m) * exp(-b^2 / 2))',
    'a soft maximum': 'input x[3]; param k; loss J = log(mean(exp(k * x))) / k',
    'probability by a product': 'target y[3] : onehot; param z[3]; loss J = -log(dot(softmax(z), y))',
  },
  norms: {
    'unit length': 'param q[3]; loss J = (norm(q) - 1)^2',
    distance: 'input p[2]; param a[2]; loss J = norm(a - p)',
    deviation: 'param x[3]; m = mean(x); loss J = sqrt(mean((x - m)^2))',
    hypotenuse: 'param u, v; loss J = sqrt(u^2 + v^2)',
    normalised: 'input g[3]; param x[3]; loss J = dot(g, x / norm(x))',
    'log of a norm': 'param x[3]; loss J = log(norm(x))',
    'cosine similarity': 'input b[3]; param a[3]; loss J = dot(a, b) / (norm(a) * norm(b))',
    'pseudo-Huber': 'param r; loss J = sqrt(1 + r^2) - 1',
    'root mean square': 'input g[3]; param x[3]; loss J = dot(g, x) / sqrt(mean(x^2) + 1e-6)',
  },
  'cross-entropies and focal losses': {
    'binary cross-entropy':
      'target y : binary; param z; p = sigmoid(z); loss J = -y * log(p) - (1 - y) * log(1 - p)',
    'by the probability of the truth':
      'target y : binary; param z; p = sigmoid(z); pt = y * p + (1 - y) * (1 - p); loss J = -log(pt)',
    focal:
      'target y : binary; param z; p = sigmoid(z); pt = y * p + (1 - y) * (1 - p); loss J = -(1 - pt)^2 * log(pt)',
    'focal by cases':
      'target y : binary; param z; p = sigmoid(z); pt = where(y > 0.5, p, 1 - p); loss J = -(1 - pt) * log(pt)',
    'log-odds': 'param z; p = sigmoid(z); loss J = log(p / (1 - p))',
    probit: 'param z; loss J = -log(1/2 * (1 + erf(z / sqrt(2))))',
    'ordered classes': 'param a; param gap : positive; loss J = -log(sigmoid(a + gap) - sigmoid(a))',
  },
  'x·log x': {
    entropy: 'param p[3] : nonnegative; loss J = -sum(p * log(p))',
    divergence:
      'input p; param z; q = sigmoid(z); loss J = p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))',
    'square times logarithm': 'param a; loss J = a^2 * log(abs(a))',
    'entropy of shares': 'param w[3]; r = relu(w); loss J = -sum(r / (1 + sum(r)) * log(r / (1 + sum(r))))',
    'thin plate': 'param x[2]; loss J = norm(x)^2 * log(norm(x))',
  },
  powers: {
    'both vary': 'param x : nonnegative; param p : positive; loss J = x^p',
    'exponent from data': 'input n : nonnegative; param x : nonnegative; loss J = x^n',
    'power mean': 'param p = 3 : positive; param x[3] : positive; loss J = mean(x^p)^(1 / p)',
    'Cobb and Douglas': 'input k : nonnegative, l : nonnegative; param a; loss J = k^a * l^(1 - a)',
    'square over a square': 'param x, y; loss J = x^2 / (x^2 + y^2)',
  },
  masks: {
    'added to softmax': 'input M[3], V[3]; param s[3]; loss J = dot(softmax(s + M), V)',
    'a row without entries': 'input M[2, 2]; param S[2, 2]; u = logsumexp(S + M); loss J = logsumexp(u)',
    'a branch with a logarithm': 'input t; param a, b; u = log(a * t); loss J = where(t > 0, u * b + u^2, 0)',
    'a branch with a root': 'input t; param k; r = sqrt(t - k); loss J = where(t > k, r^3 + r, 0)',
    'a count times an exponential': 'input t[3]; param y, z; loss J = y * exp(z) + sum(t * exp(z))',
    'a maximum of a logarithm': 'input t; param a; loss J = max(0, log(a * t))',
  },
  angles: {
    'of a ratio': 'input y; param x; loss J = atan(y / x)',
    'of ratios': 'input y[3]; param x[3]; loss J = sum(atan(y / x))',
    'of a layer': 'input x[2], q[2]; param W[2, 2]; loss J = sum(atan(q / (W @ x)))',
  },
  '1 − eˣ and friends': {
    '1 − e⁻ˣ': 'param x; loss J = 1 - exp(-x)',
    'log(1 − e⁻ˣ)': 'param x : positive; loss J = log(1 - exp(-x))',
    'inverse softplus': 'param x : positive; loss J = log(exp(x) - 1)',
    'hyperbolic sine by exponentials': 'param x; loss J = (exp(x) - exp(-x)) / 2',
    '1 − tanh²': 'param u; a = tanh(u); loss J = log(1 - a^2)',
    'by its factors': 'param u; a = tanh(u); loss J = log((1 - a) * (1 + a))',
    survival: 'input t : positive; param b : positive; cdf = 1 - exp(-t / b); loss J = -log(1 - cdf)',
    '1 − cos': 'param x; loss J = 1 - cos(x)',
    'inverse cosh': 'param x : positive; c = 1 + x; loss J = log(c + sqrt(c^2 - 1))',
    'inverse cosh of cosh': 'param x; c = cosh(x); loss J = log(c + sqrt(c^2 - 1))',
    'cosh and the size of sinh': 'param x; loss J = log(cosh(x) + abs(sinh(x)))',
  },
  'removable singularities': {
    'sine over x': 'param x; loss J = where(x != 0, sin(x) / x, 1)',
    'mean discount': 'param x; loss J = (1 - exp(-x)) / x',
    'Box and Cox': 'input x : positive; param l; loss J = (x^l - 1) / l',
    'hyperbolic sine over x': 'param x; loss J = sinh(x) / x',
    'logarithm over x': 'param x : positive; loss J = log(1 + x) / x',
    'of a swing': 'input t[3]; param w; loss J = sum((sin(w * t) / w)^2)',
    'cosine and its parabola': 'param x; loss J = (cos(x) - 1 + x^2 / 2) / x^4',
    'squares over a difference': 'param x; n = x^2 - 1; loss J = n / (x - 1)',
    'a geometric sum': 'param r; loss J = (1 - r^5) / (1 - r)',
    'roots over a difference': 'param a : positive; input h; loss J = (sqrt(a + h) - sqrt(a)) / h',
    'reciprocals over a difference': 'param x, y; loss J = (1 / x - 1 / y) / (x - y)',
    'absorption and elimination': 'input t; param a, e; loss J = a / (a - e) * (exp(-e * t) - exp(-a * t))',
    'risk aversion': 'param c : positive, g : positive; loss J = (c^(1 - g) - 1) / (1 - g)',
  },
  'differences of functions': {
    'of exponentials': 'input t; param a, b; loss J = exp(-a * t) - exp(-b * t)',
    'of cosines': 'param a, b; loss J = cos(a) - cos(b)',
    'of cosh and sinh': 'param a; loss J = cosh(a) - sinh(a)',
    'of errors': 'param a : positive, g : positive; loss J = -log((erf(a + g) - erf(a)) / 2)',
    'complementary log-log': 'param e; loss J = -log(1 - exp(-exp(e)))',
    'of named distributions':
      'param a, b : positive; F = (1 + erf(a + b)) / 2; G = (1 + erf(a)) / 2; loss J = -log(F - G)',
    'what a share leaves': 'param u, v; p = exp(u) / (exp(u) + exp(v)); loss J = -log(p) - log(1 - p)',
    'a slope beside 1': 'param u; loss J = u - log(cosh(u))',
    'a root of a quadratic': 'param b; loss J = (sqrt(b^2 + 4) - b) / 2',
    'kinetic energy': 'param p; hyper m = 1; loss J = sqrt(p^2 + m^2) - m',
    'distance in a hyperbolic plane': 'param x; loss J = acosh(1 + x^2)',
    Langevin: 'param x; loss J = cosh(x) / sinh(x) - 1 / x',
  },
  determinants: {
    'of a product': 'param A[2, 2], X[2, 2]; loss J = det(A @ X)',
    'of a form': 'param A[2, 2], X[2, 2]; loss J = det(X.T @ A @ X)',
  },
}

export const spellings = Object.entries(kinds).flatMap(([kind, programs]) =>
  Object.entries(programs).map(([name, text]) => ({
    kind,
    name,
    program: `${text.replaceAll('; ', '\n')}\n`,
  })),
)
