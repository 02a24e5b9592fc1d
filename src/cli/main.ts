#!/usr/bin/env node
/** The process of the command. */
import { setFlagsFromString } from 'node:v8'
import { run } from './command.ts'

/**
 * Most runs are over before what V8 optimises early pays for itself: half of their time went into that. Not where code is
 * timed, nor in versions of V8 that are not known to have the flag.
 */
function optimiseLate(): void {
  if (Number(process.versions.node.split('.')[0]) <= 24) setFlagsFromString('--interrupt-budget=1000000')
}

const args = process.argv.slice(2)
if (args[0] !== 'check') optimiseLate()
process.exitCode = await run(args)
