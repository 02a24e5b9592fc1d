/** The languages of the words around formulas. */
export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

/** The same words in each language: one that is missing is a type error. */
export type Words = Readonly<Record<Language, string>>
