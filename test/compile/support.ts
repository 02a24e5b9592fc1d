/** Emitted JavaScript, loaded. */
export type Field = number | Float64Array | Float32Array
export type Fields = Record<string, Field>

export interface Module {
  init(seed?: number): Fields
  zeros(): Fields
  forward(params: Fields, inputs: Fields, outputs?: Fields, hyper?: Record<string, number>): Fields
  loss(params: Fields, data: Fields, hyper?: Record<string, number>): number
  backward(params: Fields, data: Fields, grads: Fields, hyper?: Record<string, number>): number
  step(params: Fields, data: Fields, rate: number, hyper?: Record<string, number>): number
  readonly network: { readonly name: string; readonly formulas: Record<string, Record<string, string>> }
}

export const loadCode = async (code: string): Promise<Module> =>
  (await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)) as Module
