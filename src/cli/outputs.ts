/** The files that a program becomes. */
import type { Compiled } from '../compile.ts'
import { format } from '../emit/format.ts'
import type { Output } from './write.ts'

/** The language, and what is written after NAME.net: of the code, and of its declarations or header where they stand apart. */
export const TARGETS = {
  ts: { language: 'ts', code: '.ts', beside: undefined },
  js: { language: 'js', code: '.js', beside: '.d.ts' },
  mjs: { language: 'js', code: '.mjs', beside: '.d.mts' },
  wasm: { language: 'wasm', code: '.js', beside: '.d.ts' },
  // js, or wasm where that suits the network.
  auto: { language: 'js', code: '.js', beside: '.d.ts' },
  c: { language: 'c', code: '.c', beside: '.h' },
  onnx: { language: 'onnx', code: '.onnx', beside: undefined },
  pytorch: { language: 'pytorch', code: '_net.py', beside: undefined },
} as const
export type OutputTarget = keyof typeof TARGETS

/** TypeScript, JavaScript and its declarations, or C and its header. */
export async function outputsOf(
  stem: string,
  { code, types, header }: Compiled & { readonly code: string },
  target: OutputTarget,
): Promise<Output[]> {
  const { language, code: ending, beside } = TARGETS[target]
  if (language === 'onnx') {
    // `forward`, and `gradients` of each loss.
    const models = Object.entries(JSON.parse(code) as Readonly<Record<string, string>>)
    return models.map(([name, model]) => ({
      path: stem + (name === 'forward' ? ending : `.${name}${ending}`),
      text: unpacked(model),
    }))
  }
  if (language === 'pytorch') return [{ path: pythonPath(stem, ending), text: code }]
  if (language === 'c')
    return [
      { path: stem + ending, text: code },
      { path: stem + beside, text: header! },
    ]
  const outputs = [{ path: stem + ending, text: await format(code, language === 'ts' ? 'ts' : 'js') }]
  if (types !== undefined && beside !== undefined)
    outputs.push({ path: stem + beside, text: await format(types, 'ts') })
  return outputs
}

const unpacked = (base64: string): Buffer => Buffer.from(base64, 'base64')

/** `two-layer.net` as a name that Python can import: `two_layer_net.py`. */
function pythonPath(stem: string, ending: string): string {
  const at = Math.max(stem.lastIndexOf('/'), stem.lastIndexOf('\\')) + 1
  const name = stem
    .slice(at)
    .replace(/\.net$/, '')
    .replace(/[^\p{L}\p{N}_]/gu, '_')
  return stem.slice(0, at) + (/^\p{N}/u.test(name) ? `_${name}` : name) + ending
}
