/** The losses that a network from a model can have. Apart from what reads models, for the command line knows them without reading any. */
export const LOSSES = ['auto', 'crossentropy', 'binarycrossentropy', 'squarederror', 'none'] as const
export type LossKind = (typeof LOSSES)[number]
