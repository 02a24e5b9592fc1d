const CODE_OF_ZERO = 48
/** The digits of the number that is being mixed in, at its end. */
const DIGITS = new Uint8Array(16)
const HALF = 1e8

/** An incremental 53-bit hash of numbers and texts (after cyrb53, public domain, by bryc). */
export class Hash {
  #a = 0xdeadbeef
  #b = 0x41c6ce57

  number(x: number): this {
    this.#mix(x | 0)
    this.#mix(Math.trunc(x / 0x100000000) | 0)
    return this
  }

  text(s: string): this {
    for (let i = 0; i < s.length; i++) this.#mix(s.charCodeAt(i))
    this.#mix(s.length)
    return this
  }

  /** As `text` of a whole number below 2^53 and what follows it, without the text. */
  decimal(x: number, rest: string): this {
    let at = DIGITS.length
    let high = Math.floor(x / HALF)
    let low = (x - high * HALF) | 0
    // Integers of 32 bits, which are divided without a division.
    while (low > 0 || (high > 0 && at > DIGITS.length / 2)) {
      const tenth = (low / 10) | 0
      DIGITS[--at] = low - 10 * tenth
      low = tenth
    }
    for (high |= 0; high > 0;) {
      const tenth = (high / 10) | 0
      DIGITS[--at] = high - 10 * tenth
      high = tenth
    }
    if (at === DIGITS.length) DIGITS[--at] = 0
    for (let i = at; i < DIGITS.length; i++) this.#mix(DIGITS[i]! + CODE_OF_ZERO)
    for (let i = 0; i < rest.length; i++) this.#mix(rest.charCodeAt(i))
    this.#mix(DIGITS.length - at + rest.length)
    return this
  }

  #mix(x: number): void {
    this.#a = Math.imul(this.#a ^ x, 2654435761)
    this.#a ^= this.#a >>> 15
    this.#b = Math.imul(this.#b ^ x, 1597334677)
    this.#b ^= this.#b >>> 13
  }

  get value(): number {
    let a =
      Math.imul(this.#a ^ (this.#a >>> 16), 2246822507) ^ Math.imul(this.#b ^ (this.#b >>> 13), 3266489909)
    let b = Math.imul(this.#b ^ (this.#b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
    a >>>= 0
    b >>>= 0
    return 4294967296 * (2097151 & b) + a
  }
}
