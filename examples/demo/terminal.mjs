/** What the demo shows: headings, commands as one would type them, a bar where there is a terminal. */
const isTerminal = process.stdout.isTTY === true
const inColor = isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
const paint = (style, text) => (inColor ? `\u001b[${style}m${text}\u001b[0m` : text)

export const heading = (text) => console.log(`\n${paint(1, text)}\n`)
export const command = (text) => console.log(paint(36, `$ ${text}`))
export const good = (text) => paint(32, text)
export const bad = (text) => paint(31, text)

/**
 * Progress of something that takes `total` rounds: one line that changes on a terminal, a line now and then elsewhere.
 * `update(done, text)` after each round.
 */
export function progress(total, lines = 5) {
  const width = 30
  return {
    update(done, text) {
      if (isTerminal) {
        const filled = Math.round((done / total) * width)
        process.stdout.write(`\r  ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${text}\u001b[K`)
        if (done === total) process.stdout.write('\n')
      } else if (done === total || done % Math.ceil(total / lines) === 0) console.log(`  ${text}`)
    },
  }
}
