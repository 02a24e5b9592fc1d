/** What is seen of a training under way: at a terminal a bar that moves, else a line now and then. */
import { say } from '../console.ts'
import { streams } from '../streams.ts'
import { writeSync } from 'node:fs'
import type { Settings } from './settings.ts'
import type { Trainer } from './trainer.ts'

/** About so many lines are printed of all epochs where nobody watches. */
const LINES = 20
const WIDTH = 24
/** Milliseconds between two looks of the bar. */
const OFTEN = 100

const short = (n: number): string => n.toPrecision(4)

export class Reporter {
  readonly #settings: Settings
  readonly #trainer: Trainer
  readonly #live: boolean
  readonly #started = { time: Date.now(), done: 0 }
  #shown = 0
  #isOpen = false

  /** @param live whether it goes to a terminal */
  constructor(settings: Settings, trainer: Trainer, live: boolean) {
    this.#settings = settings
    this.#trainer = trainer
    this.#live = live
    this.#started.done = this.#done
  }

  /** Steps, of all epochs. */
  get #done(): number {
    const { epoch, step } = this.#trainer.progress
    return epoch * this.#trainer.stepsPerEpoch + step
  }

  step(_done: number, _of: number, loss: number, rate: number): void {
    const now = this.#live ? Date.now() : 0
    if (!this.#live || now - this.#shown < OFTEN) return
    this.#shown = now
    const { history } = this.#trainer.progress
    const validation = history.at(-1)?.validation
    this.#line(
      `loss ${short(loss)}${validation === undefined ? '' : `  validation ${short(validation)}`}  rate ${short(rate)}`,
      now,
    )
  }

  #line(text: string, now: number): void {
    const { epochs } = this.#settings
    const total = epochs * this.#trainer.stepsPerEpoch
    const share = this.#done / total
    const filled = Math.round(share * WIDTH)
    const passed = (now - this.#started.time) / 1000
    const done = this.#done - this.#started.done
    const left = done > 0 ? Math.round((passed * (total - this.#done)) / done) : undefined
    const epoch = Math.min(this.#trainer.progress.epoch + 1, epochs)
    const time =
      left === undefined ? '' : `  ${left >= 60 ? `${Math.floor(left / 60)} min ` : ''}${left % 60} s left`
    this.#write(
      `\r\u001b[K${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} epoch ${epoch}/${epochs}  ${text}${time}`,
    )
    this.#isOpen = true
  }

  #write(text: string): void {
    try {
      writeSync(streams.error, text)
    } catch {
      // A terminal that is gone shows nothing.
    }
  }

  epoch(rate: number): void {
    if (this.#live) return
    const { epochs } = this.#settings
    const { epoch, history } = this.#trainer.progress
    const every = Math.ceil(epochs / LINES)
    if (epoch !== 1 && epoch % every !== 0 && epoch !== epochs) return
    const { loss, validation } = history.at(-1)!
    say(
      `epoch ${epoch}/${epochs}  loss ${short(loss)}${validation === undefined ? '' : `  validation ${short(validation)}`}  rate ${short(rate)}`,
    )
  }

  /** The bar goes. */
  close(): void {
    if (this.#isOpen) this.#write('\r\u001b[K')
    this.#isOpen = false
  }
}
