/** The name of a network without one: its file's, in PascalCase, such that it can name a type. */
export function networkName(filename: string): string {
  const base = filename
    .replace(/^.*[\\/]/su, '')
    .replace(/\.net$/iu, '')
    .normalize('NFC')
  const words = base.match(/[\p{L}\p{N}]+/gu) ?? []
  const name = words.map((word) => word.replace(/^./u, (letter) => letter.toUpperCase())).join('')
  return /^\p{L}/u.test(name) ? name : `Network${name}`
}
