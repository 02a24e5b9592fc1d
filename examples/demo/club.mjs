/**
 * Who went with whom when a karate club split: W. W. Zachary, An Information Flow Model for Conflict and Fission in Small Groups, Journal of
 * Anthropological Research 33 (1977), 452–473. 34 members; who met whom outside of the club; and which side each took, that of the teacher (1)
 * or that of the president (34).
 */
const TIES = {
  1: [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 18, 20, 22, 32],
  2: [3, 4, 8, 14, 18, 20, 22, 31],
  3: [4, 8, 9, 10, 14, 28, 29, 33],
  4: [8, 13, 14],
  5: [7, 11],
  6: [7, 11, 17],
  7: [17],
  9: [31, 33, 34],
  10: [34],
  14: [34],
  15: [33, 34],
  16: [33, 34],
  19: [33, 34],
  20: [34],
  21: [33, 34],
  23: [33, 34],
  24: [26, 28, 30, 33, 34],
  25: [26, 28, 32],
  26: [32],
  27: [30, 34],
  28: [34],
  29: [32, 34],
  30: [33, 34],
  31: [33, 34],
  32: [33, 34],
  33: [34],
}
const MEMBERS = 34
const TEACHER = 1
const PRESIDENT = 34
/** Who went with the teacher. */
const WITH_THE_TEACHER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 17, 18, 20, 22]

/** How the network learns: all at once, so many times. */
export const CLUB = { rounds: 300, rate: 0.1 }

/** The ties in both directions, and as targets the sides, of which those of the two heads alone count. */
export function clubData() {
  const pairs = Object.entries(TIES).flatMap(([a, others]) => others.map((b) => [Number(a) - 1, b - 1]))
  const all = [...pairs, ...pairs.map(([a, b]) => [b, a])]
  const known = new Float64Array(MEMBERS)
  known[TEACHER - 1] = known[PRESIDENT - 1] = 1
  return {
    src: Uint8Array.from(all, ([a]) => a),
    dst: Uint8Array.from(all, ([, b]) => b),
    y: Uint8Array.from({ length: MEMBERS }, (_, i) => (WITH_THE_TEACHER.includes(i + 1) ? 0 : 1)),
    known,
  }
}

/** How many of the others the network tells right, and of how many, after it has learned. */
export function trainOnClub({ init, forward, loss, step }, { rounds, rate }, each = () => {}) {
  const data = clubData()
  const params = init(1)
  const before = loss(params, data)
  for (let round = 1; round <= rounds; round++) each(round, step(params, data, rate))
  const { p } = forward(params, { src: data.src, dst: data.dst })
  const others = [...data.known.keys()].filter((i) => data.known[i] === 0)
  const right = others.filter((i) => Number(p[2 * i + 1] > p[2 * i]) === data.y[i]).length
  return { before, after: loss(params, data), right, of: others.length }
}
