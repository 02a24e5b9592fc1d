/** Whole documents. */
export { htmlDocument, type HtmlParts } from './html-document.ts'
export { markdownDocument } from './markdown-document.ts'
export { mathml, mathmlSteps } from './mathml.ts'
export { paper, together, type Paper } from './paper.ts'
export { texDocument } from './tex-document.ts'
