/** The letters of a text file: code points, each end of line one letter. */
import { opened, streamProblem } from './bytes.ts'
import { wrong } from './problems.ts'

export async function* openLetters(path: string): AsyncGenerator<string> {
  const file = opened(path)
  file.setEncoding('utf8')
  let [isFirst, held] = [true, '']
  let count = 0
  try {
    for await (const chunk of file as AsyncIterable<string>) {
      // A carriage return at the end may belong to the line feed that comes.
      let text = held + chunk
      if (isFirst) text = text.replace(/^\ufeff/, '')
      isFirst = false
      held = /[\r\ud800-\udbff]$/.exec(text)?.[0] ?? ''
      text = text.slice(0, text.length - held.length).replace(/\r\n?/g, '\n')
      for (const letter of text) {
        if (letter === '\ufffd' || letter === '\0') throw wrong.noText(path)
        count++
        yield letter
      }
    }
    if (held !== '') yield '\n'
  } catch (error) {
    throw streamProblem(path, error)
  } finally {
    file.destroy()
  }
  if (count === 0) throw wrong.empty(path)
}
