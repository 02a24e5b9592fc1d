/** TypeScript and JavaScript. */
import { emitKernel } from '../emit/kernel.ts'
import { emitModule } from '../emit/module.ts'
import { TUNING } from '../schedule/tuning.ts'
import type { LoopTarget } from './target.ts'

const written = (target: 'ts' | 'js'): LoopTarget => ({
  of: 'loops',
  tuning: TUNING,
  emit: (loops, diagnostics, options) => emitModule(loops, emitKernel, diagnostics, { target, ...options }),
})

export const javascript = { ts: written('ts'), js: written('js') } as const
