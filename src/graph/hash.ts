/** An incremental 53-bit hash of numbers and texts (after cyrb53, public domain, by bryc). */
export class Hash {
  #a = 0xdeadbeef
  #b = 0x41c6ce57

  number(x: number): this {
    this.#mix(x | 0)
    this.#mix(Math.trunc(x / 0x100000000) | 0)
    return this
  }

  /** A text; in two parts where putting them together would only make another text. */
  text(s: string, rest = ''): this {
    for (let i = 0; i < s.length; i++) this.#mix(s.charCodeAt(i))
    for (let i = 0; i < rest.length; i++) this.#mix(rest.charCodeAt(i))
    this.#mix(s.length + rest.length)
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
