import { type Document, DOMParser } from '@xmldom/xmldom'

/** The document; throws where the text is no XML. */
export const wellFormed = (text: string): Document =>
  new DOMParser({
    onError: (level, message) => {
      throw new Error(`${level}: ${message}`)
    },
  }).parseFromString(text, 'text/xml')
