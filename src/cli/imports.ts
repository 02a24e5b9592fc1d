/** The files that programs import, from the disk. */
import { dirname, isAbsolute, join } from 'node:path'
import type { Resolve } from '../lower/index.ts'
import { Problem } from './problem.ts'
import { STDIN, readSource } from './read.ts'

/** A path as the file `from` means it. */
const pathFrom = (path: string, from: string): string =>
  isAbsolute(path) ? path : join(from === STDIN || from === '<stdin>' ? '.' : dirname(from), path)

/** The file at a path from the file in which it stands. Only programs are read: a path may lead to a device, or to what is nobody's affair. */
export const resolveFile: Resolve = (path, from) => {
  if (!path.endsWith('.net')) throw new Error('only .net files can be')
  const filename = pathFrom(path, from)
  try {
    return { filename, text: readSource(filename).text }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { message, hint } = error
    const reason = message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '')
    throw new Error(hint === undefined ? reason : `${reason}; ${hint.replace(/\?$/, '')}`)
  }
}

/** The same, and hears of every file that was asked for, those that are missing too: one of them may come. */
export const resolverFor =
  (asked: (filename: string) => void): Resolve =>
  (path, from) => {
    asked(pathFrom(path, from))
    return resolveFile(path, from)
  }
