/**
 * How threads work together, in shared memory: one of them runs the routine, and where it comes to a loop that is divided it hands out shares of it, runs some itself,
 * and goes on when all are done (fork and join). A number, the ticket, says how many shares nobody has taken yet; who takes one counts it down by
 * compare-and-exchange, so that a thread that the machine has put aside holds nobody up but with the share that it has. Who finds none waits: first by looking again and again,
 * for that is 20 times as fast as being woken, then asleep (core specification, "Threads", instructions `memory.atomic.wait32` and `notify`).
 */
import type { CodeFunction, Register, Type } from '../../code/code.ts'
import { ATOMIC, OP, VALUE, type WasmFunction, signed, unsigned } from './binary.ts'

/** So often a thread looks before it sleeps: some 50 µs. */
const LOOKS = 20_000
/** Of the ticket, bits for how many shares are left; above them a number that every loop changes. */
const SHARE_BITS = 12
export const MOST_SHARES = 2 ** SHARE_BITS - 1

/** Places in memory, in bytes from the first; what several threads write stands in lines of the cache of its own. */
const PLACE = {
  /** What is left to take. */
  ticket: 0,
  /** How many threads sleep until there is more. */
  sleepers: 4,
  /** How many shares are done. */
  done: 64,
  /** Whether the thread that waits for all to be done sleeps. */
  asleep: 68,
  /** Which loop it is. */
  job: 128,
  /** How many shares a loop has; 1 where there is one thread. */
  shares: 132,
  /** Whether the thread that calls routines may sleep: that of a page may not. */
  maySleep: 136,
  arguments: 192,
} as const
/** Each argument has so many bytes. */
const ARGUMENT = 8

export type Control = Readonly<Record<keyof typeof PLACE, number>>

/** The places, from an address on. */
export const controlAt = (at: number): Control =>
  Object.fromEntries(Object.entries(PLACE).map(([key, offset]) => [key, at + offset])) as Control

/** How many bytes they take, with these arguments. */
export const controlBytes = (most: number): number => PLACE.arguments + ARGUMENT * most

const LOAD = { i32: [0x28, 2], f32: [0x2a, 2], f64: [0x2b, 3] } as const
const STORE = { i32: [0x36, 2], f32: [0x38, 2], f64: [0x39, 3] } as const
const VOID = 0x40
const { block: BLOCK, loop: LOOP, if: IF, br: BR, brIf: BR_IF, call: CALL, drop: DROP } = OP

type Code = readonly number[]
const int = (n: number): Code => [0x41, ...signed(n)]
const get = (local: number): Code => [0x20, local]
const set = (local: number): Code => [0x21, local]
const tee = (local: number): Code => [0x22, local]
const atomic = (what: keyof typeof ATOMIC): Code => [0xfe, ATOMIC[what], 2, 0]
const look = (at: number): Code => [...int(at), ...atomic('load')]
const put = (at: number, value: Code): Code => [...int(at), ...value, ...atomic('store')]
const plus = (at: number, n: number): Code => [...int(at), ...int(n), ...atomic('add')]
const read = (at: number): Code => [...int(at), ...LOAD.i32, 0]
const forever: Code = [0x42, 0x7f]
const shares: Code = [...int(MOST_SHARES), OP.i32.and]

/** Where an argument stands. */
const argumentAt = (control: Control, i: number): number => control.arguments + ARGUMENT * i

/** Puts argument number i of a loop where the threads find it. */
export function handOver(
  control: Control,
  i: number,
  type: Type,
  value: () => void,
  put: (bytes: Code) => void,
): void {
  put(int(argumentAt(control, i)))
  value()
  put([...STORE[type], 0])
}

/** What the functions are that threads need, from a number on: `run`, `help`, `fork` and `work`. */
export function threadFunctions(
  jobs: readonly CodeFunction[],
  leading: readonly Register[],
  control: Control,
  first: number,
  numberOf: (f: CodeFunction) => number,
): { readonly functions: WasmFunction[]; readonly fork: number; readonly work: number } {
  const [run, help, fork, work] = [first, first + 1, first + 2, first + 3]
  const call = (f: number): Code => [CALL, ...unsigned(f)]
  const plain = (parameters: number, locals: number, body: Code): WasmFunction => ({
    signature: { parameters: Array.from({ length: parameters }, () => VALUE.i32), results: [] },
    locals: Array.from({ length: locals }, () => VALUE.i32),
    body,
  })

  // run(share, shares): one share of the loop that is at hand.
  const runs = jobs.flatMap((job, k): Code => {
    const own = job.parameters.slice(2) as readonly Register[]
    const argument = (r: Register, i: number): Code => [...int(argumentAt(control, i)), ...LOAD[r.type], 0]
    return [
      ...[...read(control.job), ...int(k), OP.i32.eq, IF, VOID],
      ...leading.flatMap(argument),
      ...[...get(0), ...get(1)],
      ...own.flatMap((r, i) => argument(r, leading.length + i)),
      ...call(numberOf(job)),
      ...[OP.return, OP.end],
    ]
  })

  // help(): takes shares and runs them until none is left.
  const ticket = 0
  const helps: Code = [
    ...[LOOP, VOID],
    ...[...look(control.ticket), ...tee(ticket), ...shares, OP.i32.eqz, IF, VOID, OP.return, OP.end],
    ...[...int(control.ticket), ...get(ticket), ...get(ticket), ...int(1), OP.i32.sub, ...atomic('exchange')],
    ...[...get(ticket), OP.i32.eq, IF, VOID],
    ...[...get(ticket), ...shares, ...int(1), OP.i32.sub, ...read(control.shares), ...call(run)],
    ...[...plus(control.done, 1), DROP],
    ...[
      ...look(control.asleep),
      IF,
      VOID,
      ...int(control.done),
      ...int(1),
      ...atomic('notify'),
      DROP,
      OP.end,
    ],
    ...[OP.end, BR, 0, OP.end],
  ]

  // fork(job): the loop, by all threads.
  const [job, looks, done] = [0, 1, 2]
  const forks: Code = [
    ...[...int(control.job), ...get(job), ...STORE.i32, 0],
    ...[...read(control.shares), ...int(1), OP.i32.eq, IF, VOID],
    ...[...int(0), ...int(1), ...call(run), OP.return, OP.end],
    ...put(control.done, int(0)),
    ...put(control.ticket, [
      ...[...look(control.ticket), ...int(SHARE_BITS), OP.i32.shr, ...int(1), OP.i32.add],
      ...[...int(SHARE_BITS), OP.i32.shl, ...read(control.shares), OP.i32.or],
    ]),
    ...[...look(control.sleepers), IF, VOID],
    ...[...int(control.ticket), ...int(-1), ...atomic('notify'), DROP, OP.end],
    ...call(help),
    ...[LOOP, VOID],
    ...[...look(control.done), ...tee(done), ...read(control.shares), OP.i32.eq, IF, VOID, OP.return, OP.end],
    ...[...get(looks), ...int(1), OP.i32.add, ...tee(looks), ...int(LOOKS), OP.i32.lt, BR_IF, 0],
    ...[...read(control.maySleep), OP.i32.eqz, BR_IF, 0],
    ...put(control.asleep, int(1)),
    ...[...int(control.done), ...get(done), ...forever, ...atomic('wait'), DROP],
    ...put(control.asleep, int(0)),
    ...[BR, 0, OP.end],
  ]

  // work(): helps whenever there is something to do, until its thread is ended.
  const [seen, waited] = [0, 1]
  const works: Code = [
    ...[LOOP, VOID],
    ...call(help),
    ...[...look(control.ticket), ...tee(seen), ...shares, BR_IF, 0],
    ...[...int(0), ...set(waited)],
    ...[BLOCK, VOID, LOOP, VOID],
    ...[...look(control.ticket), ...get(seen), OP.i32.ne, BR_IF, 1],
    ...[...get(waited), ...int(1), OP.i32.add, ...tee(waited), ...int(LOOKS), OP.i32.lt, BR_IF, 0],
    ...[...plus(control.sleepers, 1), DROP],
    ...[...int(control.ticket), ...get(seen), ...forever, ...atomic('wait'), DROP],
    ...[...plus(control.sleepers, -1), DROP],
    ...[OP.end, OP.end],
    ...[BR, 0, OP.end],
  ]
  return {
    functions: [plain(2, 0, runs), plain(0, 1, helps), plain(1, 2, forks), plain(0, 2, works)],
    fork,
    work,
  }
}
