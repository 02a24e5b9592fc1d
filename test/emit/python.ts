import { execFileSync } from 'node:child_process'

/** An interpreter that has torch; undefined where there is none. */
export const PYTHON = ['python3', '/usr/bin/python3'].find((python) => {
  try {
    execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})
