import { PROJECT, VERSION } from '../../base/version.ts'
import { rangeLatex } from '../formulas/align.ts'
import { type Line, leftOf } from '../formulas/formulas.ts'
import { htmlText } from '../layout/html-text.ts'
import { toLatex } from '../layout/latex.ts'
import type { Paper } from './paper.ts'
import type { Rich } from '../steps/chain.ts'
import type { StepLine } from '../steps/steps.ts'
import { member } from './tex-document.ts'
import { vocabulary } from '../words.ts'

export interface HtmlParts {
  /** Markup of a formula in LaTeX. */
  readonly typeset: (latex: string) => string
  /** The style of that markup, with its fonts in it. */
  readonly style: string
  /** A drawing as SVG. */
  readonly picture: string | undefined
  /** The code of each parameter's gradient, by the parameter's name. */
  readonly code: ReadonlyMap<string, string>
}

/** One page by itself: nothing is loaded from elsewhere, and nothing runs. */
export function htmlDocument(
  { title, doc, entries, notes, sections, steps, language }: Paper,
  { typeset, style, picture, code }: HtmlParts,
): string {
  const words = vocabulary(language)
  const contents = [
    ...(picture === undefined
      ? []
      : [{ id: 'network', title: words.network, body: `<figure>${picture}</figure>` }]),
    ...(entries.length === 0
      ? []
      : [
          {
            id: 'names',
            title: words.names,
            body: table(
              'names',
              entries.map(({ name, extents, range, role, assumptions, doc: text }) => [
                typeset(member(name, extents, range)),
                htmlText([role, ...assumptions].join(', ')),
                htmlText(text),
              ]),
            ),
          },
        ]),
    ...sections.flatMap((section) => [
      {
        ...section,
        body:
          section.id === 'gradients'
            ? notes.map((note) => `<p>${htmlText(note)}</p>\n`).join('') +
              gradients(section.lines, typeset, code)
            : table(
                'formulas',
                section.lines.map((line) => sides(line, typeset)),
              ),
      },
      ...(section.id === 'equations' && steps
        ? [{ id: 'steps', title: words.steps, body: derivation(steps, typeset) }]
        : []),
    ]),
  ]
  const links = contents.map(({ id, title: text }) => `<li><a href="#${id}">${htmlText(text)}</a></li>`)
  const body = contents.map(
    ({ id, title: text, body: inside }) =>
      `<section id="${id}">\n<h2>${htmlText(text)}</h2>\n${inside}\n</section>`,
  )
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${PROJECT} ${VERSION}">
<title>${htmlText(title)}</title>
<style>${style}</style>
<style>${STYLE}</style>
</head>
<body>
<nav><strong>${htmlText(title)}</strong><ul>${links.join('')}</ul></nav>
<main>
<h1>${htmlText(title)}</h1>
${doc === '' ? '' : `<p class="doc">${htmlText(doc)}</p>\n`}${body.join('\n')}
</main>
</body>
</html>
`
}

const table = (kind: string, rows: readonly (readonly string[])[]): string =>
  `<div class="wide"><table class="${kind}">\n${rows
    .map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
    .join('\n')}\n</table></div>`

/** The two sides of an equation in cells of their own, aligned at the sign between them, and where its index runs. */
const sides = (line: Line, typeset: HtmlParts['typeset']): string[] => [
  typeset(`\\displaystyle ${toLatex(leftOf(line))}`),
  typeset(`\\displaystyle {}= ${toLatex(line.right)}${rangeLatex(line)}`),
]

/** Each value under its name, with a table of the steps. */
function derivation({ intro, blocks }: NonNullable<Paper['steps']>, typeset: HtmlParts['typeset']): string {
  const paragraph = (parts: Rich): string =>
    `<p>${parts.map((part) => (typeof part === 'string' ? htmlText(part) : typeset(toLatex(part)))).join('')}</p>`
  const row = ({ left, right, why }: StepLine): string[] => [
    left ? typeset(`\\displaystyle ${toLatex(left)}`) : '',
    typeset(`\\displaystyle {}= ${toLatex(right)}`),
    why.map((part) => (typeof part === 'string' ? htmlText(part) : typeset(toLatex(part)))).join(''),
  ]
  return [
    ...intro.map(paragraph),
    ...blocks.flatMap((block) => [
      `<h3>${typeset(toLatex(block.title))}</h3>`,
      ...block.says.map(paragraph),
      ...(block.lines.length === 0 ? [] : [table('formulas steps', block.lines.map(row))]),
    ]),
  ].join('\n')
}

/** Each formula beside its code. */
const gradients = (lines: readonly Line[], typeset: HtmlParts['typeset'], code: HtmlParts['code']): string =>
  lines
    .map((line) => {
      const names = line.over?.names ?? [line.name]
      const each = names.flatMap((name) => code.get(name) ?? [])
      const own = each.length === 0 ? undefined : each.join('\n')
      const formula = `<div class="formula">${sides(line, typeset).join('')}</div>`
      return `<div class="pair">${formula}${own === undefined ? '' : `<pre><code>${htmlText(own)}</code></pre>`}</div>`
    })
    .join('\n')

const STYLE = `
:root{color-scheme:light dark;--text:#1b1d22;--page:#fff;--quiet:#5f6673;--line:#d9dce2;--code:#f5f6f8;--link:#1d4ed8}
@media (prefers-color-scheme:dark){:root{--text:#e6e8ec;--page:#16181d;--quiet:#9aa1ad;--line:#343944;--code:#1f232b;--link:#8ab4ff}}
*{box-sizing:border-box}
body{margin:0;color:var(--text);background:var(--page);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;display:grid;grid-template-columns:13rem minmax(0,1fr)}
nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding:2rem 1rem 2rem 1.5rem;font-size:.95rem}
nav ul{list-style:none;margin:.6rem 0 0;padding:0}nav li{margin:.35rem 0}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
main{padding:2rem 2rem 5rem;max-width:72rem;border-left:1px solid var(--line)}
h1{margin:0 0 .4rem;font-size:1.8rem}h2{margin:2.4rem 0 .8rem;font-size:1.25rem}
.doc{font-size:1.05rem;color:var(--quiet)}
figure{margin:0;overflow-x:auto}figure svg{max-width:100%;height:auto}
.wide,.formula{overflow-x:auto;overflow-y:hidden}
table{border-collapse:collapse}td{padding:.3rem 0;vertical-align:baseline}
.names td{padding-right:1.6rem}.names td:nth-child(2){color:var(--quiet)}
.formulas td:first-child{text-align:right;white-space:nowrap}.formulas td{white-space:nowrap}
.steps td:last-child{padding-left:2rem;color:var(--quiet)}h3{margin:1.6rem 0 .3rem;font-size:1.05rem}
.pair{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.15fr);gap:1.5rem;align-items:center;border-top:1px solid var(--line);padding:.7rem 0}
.formula{white-space:nowrap;padding:.2rem 0}
pre{margin:0;padding:.7rem .9rem;background:var(--code);border-radius:6px;overflow:auto;max-height:18rem;font:13px/1.5 ui-monospace,"DejaVu Sans Mono",monospace}
@media (max-width:60rem){body{display:block}nav{position:static;padding:1rem 1rem 0}main{border:0;padding:1rem}.pair{grid-template-columns:minmax(0,1fr)}}
@media print{body{display:block}nav{display:none}main{border:0}pre{max-height:none;white-space:pre-wrap}}
`
