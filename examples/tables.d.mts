export declare function irisCsv(): string
export declare function weatherCsv(): string
export declare function digitsIdx(count?: number): { images: Uint8Array; labels: Uint8Array }
