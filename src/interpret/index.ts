export * from './tensor.ts'
export * from './numbers.ts'
export * from './doubles.ts'
export * from './evaluate.ts'
