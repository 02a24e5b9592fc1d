/*
 * What is measured. `from` and `to` bound the arguments, `delicate` are points to look at closely. `slopeZeros` are zeros
 * of the slope that are no doubles: within ½ of these its parts, of this size, cancel, and errors count in units of theirs.
 * `least` is where values begin to have parts below the normal doubles: errors of smaller ones count in its units.
 * `except` are points without a derivative. A power of ⅓ is as far off as ⅓ is, times log z: only ordinary z.
 */
const LARGE = 1e5
const ALL = { from: -Infinity, to: Infinity }
const POSITIVE = { from: 0, to: Infinity }

export const cases = [
  { name: 'exp', program: 'exp(z)', delicate: [1, -1, 709.78, -745.1] },
  { name: 'expm1', program: 'expm1(z)', delicate: [1, -1, 0.5, 709.78, -37] },
  { name: 'log', program: 'log(z)', ...POSITIVE, delicate: [1] },
  { name: 'log1p', program: 'log1p(z)', from: -1, to: Infinity, delicate: [-1, 1] },
  { name: 'sqrt', program: 'sqrt(z)', ...POSITIVE, delicate: [1] },
  { name: 'sin', program: 'sin(z)', from: -LARGE, to: LARGE, delicate: [Math.PI / 2, Math.PI] },
  { name: 'cos', program: 'cos(z)', from: -LARGE, to: LARGE, delicate: [Math.PI / 2, Math.PI] },
  { name: 'tan', program: 'tan(z)', from: -LARGE, to: LARGE, delicate: [Math.PI / 4, Math.PI / 2] },
  { name: 'sinh', program: 'sinh(z)', delicate: [1, -1, 22, 709.78, 710.4] },
  { name: 'cosh', program: 'cosh(z)', delicate: [1, -1, 22, 709.78, 710.4] },
  { name: 'tanh', program: 'tanh(z)', delicate: [0.25, 0.55, 0.625, 1, 19, 22, 40, -40, 350] },
  { name: 'atan', program: 'atan(z)', from: -1e150, to: 1e150, least: 1e-300, delicate: [0.4375, 1, 2.4375] },
  { name: 'asin', program: 'asin(z)', from: -1, to: 1, delicate: [0.5, -0.5, 1, -1] },
  { name: 'acos', program: 'acos(z)', from: -1, to: 1, delicate: [0.5, -0.5, 1, -1] },
  { name: 'asinh', program: 'asinh(z)', from: -1e150, to: 1e150, delicate: [1, -1, 2] },
  { name: 'acosh', program: 'acosh(z)', from: 1, to: 1e150, delicate: [1, 2] },
  { name: 'atanh', program: 'atanh(z)', from: -1, to: 1, delicate: [0.5, -0.5, 1, -1] },
  { name: 'log2', program: 'log2(z)', ...POSITIVE, delicate: [1, 2] },
  { name: 'log10', program: 'log10(z)', ...POSITIVE, delicate: [1, 10] },
  { name: 'atan2', program: 'atan2(z, 3)', from: -1e150, to: 1e150, least: 1e-300, delicate: [3, -3] },
  { name: 'atan2 by x', program: 'atan2(-2, z)', from: -1e150, to: 1e150, delicate: [2, -2] },
  { name: 'erfc', program: 'erfc(z)', to: 26, delicate: [0.84375, 1.25, 1 / 0.35, 6, -3] },
  { name: 'clip', program: 'clip(z, -1, 1)', ...ALL },
  { name: 'stop', program: 'stop(z) * z', from: -1e150, to: 1e150, least: 1e-300 },
  { name: 'erf', program: 'erf(z)', delicate: [0.84375, 1.25, 1 / 0.35, 6, -3] },
  { name: 'sigmoid', program: 'sigmoid(z)', delicate: [1, 20, 36.7, 40, -40, 709.78, -709.78] },
  { name: 'softplus', program: 'softplus(z)', delicate: [1, -37, 37, 709.78, -745.1] },
  { name: 'abs', program: 'abs(z)', ...ALL },
  { name: 'relu', program: 'relu(z)', ...ALL },
  { name: 'leakyrelu', program: 'leakyrelu(z, 0.1)', ...ALL },
  { name: 'elu', program: 'elu(z)', delicate: [-1, -37] },
  { name: 'selu', program: 'selu(z)', delicate: [-1, -37] },
  {
    name: 'gelu',
    program: 'gelu(z)',
    delicate: [1, -5, -20, -38],
    least: 1e-300,
    slopeZeros: [{ at: -0.751791524693, size: 0.25 }],
  },
  {
    name: 'silu',
    program: 'silu(z)',
    delicate: [1, -40, -700],
    least: 1e-300,
    slopeZeros: [{ at: -1.278464542761, size: 0.25 }],
  },
  {
    name: 'pow',
    program: 'z ^ z',
    from: 1e-300,
    to: 140,
    delicate: [1],
    slopeZeros: [{ at: 1 / Math.E, size: 0.5 }],
  },
  { name: '2 to the z', program: '2 ^ z', to: 1020 },
  { name: 'z to the 5/2', program: 'z ^ 2.5', from: 1e-100, to: 1e100 },
  { name: 'z to the 1/3', program: 'z ^ (1/3)', from: 0.01, to: 100 },
  { name: 'square root of 1 + z²', program: 'sqrt(1 + z^2)', from: -1e150, to: 1e150 },
  { name: '1/z', program: '1 / z', ...ALL, delicate: [1] },
  { name: 'log σ', program: 'log(sigmoid(z))', delicate: [37, -37, 40, -40, 745, -745] },
  // Beyond 2300 the program as it is written needs more than the reference's thousand digits.
  {
    name: 'log(1 − σ)',
    program: 'log(1 - sigmoid(z))',
    from: -5000,
    to: 2000,
    delicate: [37, -37, 40, -40, 745, -745],
  },
  { name: 'σ by exp', program: '1 / (1 + exp(-z))', delicate: [37, -37, 40, -40, 709.78, -709.78] },
  { name: 'softplus by exp', program: 'log(1 + exp(z))', delicate: [37, -37, 709.78, -709.78] },
  { name: '1 − σ', program: '1 - sigmoid(z)', delicate: [37, -37, 40, -40] },
  { name: '1 − erf', program: '1 - erf(z)', from: -26, to: 26, delicate: [0.25, 0.84375, 1.25, -5, 20] },
  { name: '1 − tanh²', program: '1 - tanh(z)^2', from: -350, to: 350, delicate: [19, -19, 22, -22] },
  { name: 'norm', program: 'sqrt(z^2)', ...ALL, except: [0], delicate: [1] },
]
