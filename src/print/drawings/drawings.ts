/** Pictures of networks: what is drawn, and how it is written down. */
export { cellDrawing } from './cell.ts'
export { dot } from './dot.ts'
export type { Drawing } from './drawing.ts'
export { expressionDrawing } from './expressions.ts'
export { layerDrawing } from './layers.ts'
export { mermaid } from './mermaid.ts'
export { neuronDrawing } from './neurons.ts'
export { MOST_BOXES, svg } from './svg.ts'
