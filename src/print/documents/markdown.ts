/** Markdown as GitHub reads it, and formulas in it that its own syntax cannot reach. */

/**
 * Text that shows as it is, in one line: what could be markup is escaped, and so is what only begins a line as markup. An
 * address is no link: what makes one, `:` or `www.`, is escaped too. (An `@name` and a `#1` are links of GitHub's and no
 * markup: a joiner of no width keeps it from them.)
 */
export const markdownText = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\\`*_[\]<>#|~&$@^!{}]|:(?=\S)/g, (c) =>
      c === '@' || c === '#' ? `\\${c}\u2060` : `\\${c}`,
    )
    .replaceAll(/\bwww(?=\.)/gi, '$&\\')
    .replace(/^(\d*)([-+=.)])/, '$1\\$2')

/** A formula within a line; between these marks Markdown leaves backslashes and underscores alone. */
export const mathSpan = (latex: string): string => `$\`${plain(latex)}\`$`

/** A formula by itself. */
export const mathBlock = (latex: string): string => `\`\`\`math\n${plain(latex).trimEnd()}\n\`\`\``

/** A row of a table; its cells are Markdown already. */
export const tableRow = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

/** GitHub refuses \operatorname; this is what it stands for. */
const plain = (latex: string): string =>
  latex.replaceAll(/\\operatorname\{([A-Za-z]+)\}/g, '\\mathop{\\mathrm{$1}}\\nolimits')
