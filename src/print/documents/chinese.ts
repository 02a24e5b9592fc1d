/** The characters that the font gbsn has: those of GB 2312. */

interface Decoder {
  decode(bytes: Uint8Array): string
}
/** Browsers and Node have one; it is no part of the language. */
const { TextDecoder } = globalThis as { TextDecoder?: new (label: string) => Decoder }

let known: ReadonlySet<string> | undefined

/** Whether a character is one of GB 2312: a Chinese character, or a sign that stands among them. */
export function isSimplifiedChinese(c: string): boolean {
  known ??= new Set(table())
  return known.has(c) && /[\u3001-\u3011\u4e00-\u9fff\uff01-\uff5e]/.test(c)
}

/** GB 2312 by rows: signs in 1 to 9, characters in 16 to 87. */
function table(): string {
  if (!TextDecoder) return ''
  const bytes: number[] = []
  for (let row = 0xa1; row <= 0xf7; row++)
    if (row <= 0xa9 || row >= 0xb0) for (let cell = 0xa1; cell <= 0xfe; cell++) bytes.push(row, cell)
  return new TextDecoder('gb2312').decode(new Uint8Array(bytes))
}
