/** Lines that are joined at a time. */
const RUN = 1000

/** The lines of a text. Runs of them are joined early: until then a line that was added up keeps all its parts alive. */
export class Lines {
  readonly #runs: string[] = []
  #lines: string[] = []

  push(...lines: readonly string[]): void {
    for (const line of lines) this.#lines.push(line)
    if (this.#lines.length < RUN) return
    this.#runs.push(this.#lines.join('\n'))
    this.#lines = []
  }

  get text(): string {
    return [...this.#runs, ...this.#lines].join('\n')
  }
}
