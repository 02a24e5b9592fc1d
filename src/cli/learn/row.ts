/** A row as it is read: numbers, and how many of them each part has. */
export class Row {
  #buffer = new Float64Array(64)
  #length = 0
  readonly lengths: number[] = []

  clear(): void {
    this.#length = 0
    this.lengths.length = 0
  }

  /** What is added from now on is of the next part. */
  begin(): void {
    this.lengths.push(0)
  }

  add(value: number): void {
    if (this.#length === this.#buffer.length) {
      const larger = new Float64Array(2 * this.#length)
      larger.set(this.#buffer)
      this.#buffer = larger
    }
    this.#buffer[this.#length++] = value
    this.lengths[this.lengths.length - 1]!++
  }

  get values(): Float64Array {
    return this.#buffer.subarray(0, this.#length)
  }
}
