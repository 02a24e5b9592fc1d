/** Names of columns, by the names of inputs and targets. */
export type Mapping = ReadonlyMap<string, readonly string[]>
