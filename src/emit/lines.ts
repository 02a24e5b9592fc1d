/** Lines that are joined at a time. */
const RUN = 1000

/** The lines of a text. Runs of them are joined early: until then a line that was added up keeps all its parts alive. */
export class Lines {
  readonly #runs: string[] = []
  #lines: string[] = []
  /** How many there are. */
  count = 0

  /** Adds lines; one of them may be several. */
  push(...lines: readonly string[]): void {
    for (const line of lines) {
      this.#lines.push(line)
      this.count++
      for (let at = line.indexOf('\n'); at >= 0; at = line.indexOf('\n', at + 1)) this.count++
    }
    if (this.#lines.length < RUN) return
    this.#runs.push(this.#lines.join('\n'))
    this.#lines = []
  }

  get text(): string {
    return [...this.#runs, ...this.#lines].join('\n')
  }
}
