export { lower, type LowerOptions } from './program.ts'
export { type Resolve, importsIn, isForImport, parseWithImports } from './imports.ts'
