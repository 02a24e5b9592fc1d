/** The numbers by which loops are shaped, measured on V8 (Node 20). Tests set others, so that small cases take every path. */
export interface Tuning {
  /** Nests of at least this many multiplications are tiled; below, the code would be longer than it is worth. */
  readonly tileFrom: number
  /** Nests of at least this many get tiles that need code for a rest. */
  readonly restFrom: number
  /** Of sums of fewer terms what follows is loops of its own: beside longer ones it is little. */
  readonly partBelow: number
  /** Nests of at least this many join others in all their loops or in none: tiles make more of them than caches. */
  readonly heavyNest: number
  /** Sums of at least this many are kept even where one consumer sums them up again: tiles want them alone. */
  readonly heavySum: number
  /** Operands of more entries do not stay in a near cache: they should pass through once. */
  readonly cached: number
  /** Sums of at most this many terms are written out: a loop of so few turns costs more than they do. */
  readonly unrolled: number
  /** Nests of at least this many multiplications read strided operands from copies in the order of their tiles. */
  readonly packFrom: number
  /** Of several loops, those of at least this many multiplications are functions of their own. */
  readonly outlineFrom: number
  /** Where threads share loops, those of at least this many multiplications. */
  readonly shareFrom: number
  /** tanh and its slope are computed from one exponential. */
  readonly sharesTanh: boolean
  /** Networks of more scalar operations than this are loops, which are shorter, and faster from there on; with a batch, which loops go through several samples at a time, sooner. */
  readonly mostScalars: {
    readonly single: number
    readonly batch: number
    /** Of values with few entries on average, whose loops would have few turns: rotations, cameras, small systems. */
    readonly short: { readonly mean: number; readonly most: number }
  }
}

/** A camera's residual with its Jacobian has 1,650 operations, and takes in WebAssembly a fifth of the time that loops of two and three turns take. */
const SHORT = { mean: 8, most: 2000 }

export const TUNING: Tuning = {
  // A step of 4-16-16-3, whose nests have 48 to 256 multiplications, takes 0.8 of the time with those from 128 on in tiles; from 32 on its module
  // would be 1.5 KB longer, and no faster.
  tileFrom: 128,
  restFrom: 512,
  // Its module is 2 KB shorter, and as fast.
  partBelow: 64,
  heavyNest: 16_384,
  heavySum: 4096,
  cached: 65_536,
  unrolled: 8,
  packFrom: 200_000,
  outlineFrom: 2048,
  shareFrom: Infinity,
  // Math.tanh takes 12 to 26 ns, Math.exp 12 to 16: 4-16-16-3 with a batch of 32 takes 0.9 of the time.
  sharesTanh: true,
  // Without loops 4-16-16-3 (2,600 operations, 115 KB) is as fast as with loops (20 KB) once V8 has compiled it, which takes half a second
  // of the first 10,000 steps in place of 70 ms; 8-16-8 is 1.3 times as fast. V8 stops optimising long functions.
  mostScalars: { single: 2000, batch: 1180, short: SHORT },
}

/** For C, whose loops are run in lanes afterwards (code/lanes.ts), and tiled with them; code without loops, which no compiler makes vectors of, is only for the smallest networks. */
export const C_TUNING: Tuning = {
  ...TUNING,
  tileFrom: Infinity,
  packFrom: Infinity,
  outlineFrom: Infinity,
  sharesTanh: false,
  mostScalars: { single: 300, batch: 150, short: SHORT },
}

/** For WebAssembly, whose loops are run in lanes afterwards (code/lanes.ts), and tiled with them. */
export const WASM_TUNING: Tuning = {
  ...TUNING,
  tileFrom: Infinity,
  packFrom: Infinity,
  outlineFrom: Infinity,
  // Code of its own for tanh has an exponential of vectors.
  sharesTanh: false,
  // Some 20 µs on one thread; to hand out a loop and wait for its end takes 2 to 5.
  shareFrom: 65_536,
  mostScalars: { single: 120, batch: 60, short: SHORT },
}
