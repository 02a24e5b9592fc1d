const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it stands in HTML, SVG or an attribute between quotes; XML has no control characters. */
export const htmlText = (text: string): string =>
  text
    .replaceAll(/[&<>"']/g, (c) => ENTITIES[c]!)
    .replaceAll(/[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '□')
