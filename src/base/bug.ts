/** An error in the compiler itself, never in the program that it was given; to be reported as such. */
export class CompilerBug extends Error {
  override readonly name = 'CompilerBug'
}

/** Stops with an internal error: something held to be impossible has happened. */
export function bug(message: string): never {
  throw new CompilerBug(`internal error, please report it: ${message}`)
}

/** Stops with an internal error unless the condition holds. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) bug(message)
}

/** Closes a switch over a union: a kind that is not handled is a type error, and a bug when it happens. */
export function unreachable(value: never): never {
  bug(`no case for ${JSON.stringify(value) ?? String(value)}`)
}
