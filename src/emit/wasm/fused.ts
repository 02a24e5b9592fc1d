/**
 * Sums of products by one instruction for each, which rounds once (relaxed SIMD, `relaxed_madd`): where the engine knows it a processor adds a product as fast as it
 * multiplies. There is one binary; of another one for such engines the only difference is here and there an instruction of the same length. Each place is a
 * product, then the register that it is added to (`local.get`), then the sum: the product becomes nothing (three times `nop`), the sum both.
 */
import {
  type Expression,
  type FunctionDeclaration,
  type Statement,
  call,
  constant,
  giveBack,
  member,
  name,
  num,
  str,
} from '../tree.ts'
import { base64 } from './binary.ts'

/** The binary, and `$code()`, which gives it as the engine takes it best. */
export function binaryOf(bytes: Uint8Array, products: readonly number[]): Statement[] {
  const text = constant('$binary', str(base64(bytes)))
  const plain: Expression = call(member(name('Uint8Array'), 'from'), call('atob', name('$binary')), {
    kind: 'arrow',
    parameters: [{ name: 'c' }],
    body: call(member(name('c'), 'charCodeAt'), num(0)),
  })
  const code = (doc: string, body: readonly Statement[]): FunctionDeclaration => ({
    kind: 'function',
    name: '$code',
    doc: [doc],
    parameters: [],
    returns: 'Uint8Array',
    body,
  })
  if (products.length === 0) return [text, code('The binary.', [giveBack(plain)])]
  const steps = products.map((at, i) => num(at - (products[i - 1] ?? 0)))
  return [
    text,
    constant('$products', { kind: 'array', items: steps }),
    code(
      'The binary, with products that are added up as one instruction where the engine has such (relaxed SIMD).',
      [constant('plain', plain), { kind: 'printed', origins: [], text: FUSE }],
    ),
  ]
}

/** f32x4: fd e6 01 and fd e4 01 (mul, add) become three nops and fd 85 02; f64x2: fd f2 01 and fd f0 01 become these and fd 87 02. */
const FUSE = `  const fused = plain.slice();
  let at = 0;
  for (const step of $products) {
    fused.fill(1, (at += step), at + 3);
    let add = at + 4;
    while (fused[add] > 127) add++;
    fused[add + 2] = fused[add + 2] === 228 ? 133 : 135;
    fused[add + 3] = 2;
  }
  return WebAssembly.validate(fused) ? fused : plain;`
