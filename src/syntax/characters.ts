/** The classes of characters that names and the checks of the source text are made of, as bodies of regular expressions. */

/** Characters that change the direction of the text around them. */
const BIDI_CLASS = '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069'
/** Characters that show nothing: joiners, fillers, variation selectors, tags, a byte-order mark in the middle. */
export const INVISIBLE_CLASS = '\\p{Default_Ignorable_Code_Point}' + BIDI_CLASS

export const BIDI = new RegExp(`[${BIDI_CLASS}]`, 'gu')
export const INVISIBLE = new RegExp(`[${INVISIBLE_CLASS}]`, 'gu')

/** What a text in any output must not hold: controls, line separators, what has no character. Joiners make up some letters. */
export const UNSHOWN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** A letter is one that Unicode calls so, except `ᵀ`, which is the transpose. */
const LETTER = '(?!ᵀ)[\\p{L}_]'
/** Invisible characters are taken into the name that they hide in, and reported there. */
const INNER = `\\p{L}\\p{Nd}\\p{M}_₀-₉${INVISIBLE_CLASS}`
const SUPERSCRIPTS = '⁰¹²³⁴-⁹'

export const NAME = new RegExp(`${LETTER}(?:(?!ᵀ)[${INNER}${SUPERSCRIPTS}])*`, 'u')
/** A superscript is a power of the transpose: `A.T²`. */
export const TRANSPOSE = new RegExp(`\\.T(?!(?!ᵀ)[${INNER}])`, 'u')

/** `U+202E` */
export function codePoint(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}

/**
 * Letters of Greek and Cyrillic that look like Latin ones in usual fonts. Pairs that a mathematician tells apart
 * (α and a, γ and y, ω and w) are not here: `a` and `α` in one program are no mistake.
 */
const LOOK_ALIKES = new Map(
  [
    'ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX οo νv ϲc ϳj',
    'АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX аa сc еe һh іi јj оo рp ѕs уy хx ԁd ԛq ԝw ӏl',
  ]
    .flatMap((row) => row.split(' '))
    .map((pair) => [pair[0]!, pair[1]!]),
)

const LOOK_ALIKE = new RegExp(`[${[...LOOK_ALIKES.keys()].join('')}]`, 'u')
const ALL_LOOK_ALIKES = new RegExp(LOOK_ALIKE.source, 'gu')

/** Whether a text holds letters that could be taken for Latin ones. */
export function hasLookAlikes(text: string): boolean {
  return LOOK_ALIKE.test(text)
}

/** The name with every look-alike as its Latin letter: equal for names that look alike. */
export function skeleton(name: string): string {
  return name.replace(ALL_LOOK_ALIKES, (letter) => LOOK_ALIKES.get(letter)!)
}
