/** The compiler with every target that there is. */
import { type Compiler, compiler } from './compiler/compiler.ts'
import { emitC } from './emit/c/module.ts'
import { emitModule } from './emit/module.ts'
import { emitOnnx } from './emit/onnx/module.ts'
import { emitPytorch } from './emit/pytorch/module.ts'
import { wasmKernel } from './emit/wasm/kernel.ts'
import { javascript } from './compiler/javascript.ts'
import { C_TUNING, WASM_TUNING } from './schedule/tuning.ts'

/** Pure: bundlers leave it out where nobody compiles. */
export const everyTarget = /* @__PURE__ */ compiler({
  ...javascript,
  wasm: {
    of: 'loops',
    tuning: WASM_TUNING,
    emit: (loops, diagnostics, options) =>
      emitModule(loops, wasmKernel, diagnostics, { target: 'js', ...options }),
  },
  c: { of: 'loops', tuning: C_TUNING, emit: emitC },
  pytorch: {
    of: 'graph',
    emit: emitPytorch,
  },
  onnx: { of: 'graph', emit: emitOnnx },
})

export const compile: Compiler['compile'] = (text, options) => everyTarget.compile(text, options)
export const compileAnalysed: Compiler['compileAnalysed'] = (analysed, options) =>
  everyTarget.compileAnalysed(analysed, options)

export { type Analysed, type Mathematics, analyse } from './compiler/analyse.ts'
export type { Compiled } from './compiler/compiler.ts'
export type { CompileOptions } from './compiler/options.ts'
export type { AnalyseOptions } from './compiler/run.ts'
export type { TargetName as Target } from './compiler/target.ts'
