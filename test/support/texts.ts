import fc from 'fast-check'

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff

/** Texts of any characters. (`fc.string` of the unit `binary` first makes a table of a million of them.) */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.nat(0x2ff), fc.nat(0xffff), fc.nat(0x10ffff)), { maxLength })
    .map((codes) => String.fromCodePoint(...codes.filter((code) => !isSurrogate(code))))
