/** The functions that a module may have. */
import { PRODUCTS } from '../derive/functions.ts'

export const FUNCTIONS = ['forward', 'loss', 'backward', 'step', ...PRODUCTS] as const
export type FunctionName = (typeof FUNCTIONS)[number]
