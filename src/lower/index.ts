export { lower, type LowerOptions } from './program.ts'
