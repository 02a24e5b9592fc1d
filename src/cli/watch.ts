/** `chainrule build --watch`: a build after each change, until the process is ended. */
import { type FSWatcher, statSync, watch as watchFolder } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { say, sayProblem } from './console.ts'
import { Problem } from './problem.ts'

/** What is built again and again. */
export interface Rounds {
  /** Builds what has changed. */
  round(): Promise<number>
  /** Where something may change. */
  readonly folders: ReadonlySet<string>
  readonly count: number
}

/** Editors write a file in several steps: so long nothing more may happen before it is read, in milliseconds. */
const QUIET = 20
/** Where the system cannot tell of changes they are looked for, once in so many milliseconds. */
const LOOK_AGAIN = 500

/**
 * Never comes back. What the system tells of changes only wakes: what has changed is found by reading, so that nothing
 * depends on which events a system sends for a save, a rename or a folder that comes and goes.
 */
export async function watch(rounds: Rounds): Promise<never> {
  const bell = new Bell()
  const watchers = new Watchers(() => bell.ring())
  // What is wrong with the command line is no change to wait for.
  await rounds.round()
  let told = ''
  for (let first = true; ;) {
    const { grew, missed } = watchers.follow(rounds.folders)
    // What happened in a folder before it was watched was heard by nobody.
    if (!grew) {
      if (first) say(`watching ${rounds.count === 1 ? '1 program' : `${rounds.count} programs`}`)
      first = false
      await (missed ? Promise.race([bell.heard(), wait(LOOK_AGAIN)]) : bell.heard())
      await wait(QUIET)
      bell.hush()
    }
    try {
      await rounds.round()
      told = ''
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (error.message !== told) sayProblem(error, { json: false })
      told = error.message
    }
  }
}

class Bell {
  ring!: () => void
  #heard!: Promise<void>

  constructor() {
    this.hush()
  }

  heard(): Promise<void> {
    return this.#heard
  }

  hush(): void {
    this.#heard = new Promise((resolve) => {
      this.ring = resolve
    })
  }
}

class Watchers {
  /** By paths: a folder that is taken away and made again is another one, with another number. */
  readonly #watched = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>()
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** Watches these folders and no others. Whether there are new ones, and whether there are some of which the system tells nothing. */
  follow(folders: ReadonlySet<string>): { readonly grew: boolean; readonly missed: boolean } {
    for (const [folder, { watcher, inode }] of this.#watched)
      if (!folders.has(folder) || inodeOf(folder) !== inode) {
        watcher.close()
        this.#watched.delete(folder)
      }
    let [grew, missed] = [false, false]
    for (const folder of folders) {
      if (this.#watched.has(folder)) continue
      const inode = inodeOf(folder)
      try {
        if (inode === undefined) throw new Error('no such folder')
        const watcher = watchFolder(folder, this.#changed)
        watcher.on('error', this.#changed)
        this.#watched.set(folder, { watcher, inode })
        grew = true
      } catch {
        missed = true
      }
    }
    return { grew, missed }
  }
}

const inodeOf = (folder: string): number | undefined => statSync(folder, { throwIfNoEntry: false })?.ino
