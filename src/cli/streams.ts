/** Where a run reads and writes. */
import { isatty } from 'node:tty'

/** The descriptors of its streams: those of the process, but where one process makes several runs. */
export const streams = { input: 0, output: 1, error: 2 }

/** Colour is for people at a terminal who did not decline it (no-color.org). */
export const inColor = (stream: 'output' | 'error'): boolean =>
  isatty(streams[stream]) && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
