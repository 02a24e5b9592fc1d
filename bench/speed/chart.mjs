/** A chart as SVG: for some workloads a bar per peer, the time of a step against what is emitted, on a logarithmic axis. */
const WIDTH = 860
const [LEFT, BAR, GAP, HEAD] = [150, 13, 26, 44]
const COLOURS = { ours: '#0f766e', other: '#94a3b8' }

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
const time = (us) =>
  us < 1000
    ? `${Number(us.toPrecision(2))} µs`
    : us < 1e6
      ? `${Number((us / 1000).toPrecision(2))} ms`
      : `${Number((us / 1e6).toPrecision(2))} s`

/** Groups of `{ title, bars: { label, us, ours }[] }`. */
export function chart(title, groups) {
  const all = groups.flatMap((g) => g.bars.map((b) => b.us))
  const from = Math.floor(Math.log10(Math.min(...all)))
  const to = Math.ceil(Math.log10(Math.max(...all)))
  const right = WIDTH - 70
  const x = (us) => LEFT + ((Math.log10(us) - from) / (to - from)) * (right - LEFT)
  const parts = []
  let y = HEAD
  for (const { title: name, bars } of groups) {
    y += GAP
    parts.push(`<text x="${LEFT}" y="${y - 6}" class="group">${escape(name)}</text>`)
    for (const b of bars) {
      const end = Math.max(x(b.us), LEFT + 2)
      parts.push(
        `<text x="${LEFT - 8}" y="${y + BAR - 3}" class="name">${escape(b.label)}</text>`,
        `<rect x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR - 2}" fill="${b.ours ? COLOURS.ours : COLOURS.other}"/>`,
        `<text x="${(end + 5).toFixed(1)}" y="${y + BAR - 3}">${time(b.us)}</text>`,
      )
      y += BAR
    }
  }
  const height = y + 24
  const grid = Array.from({ length: to - from + 1 }, (_, i) => {
    const at = x(10 ** (from + i)).toFixed(1)
    return `<line x1="${at}" y1="${HEAD}" x2="${at}" y2="${height - 20}" class="grid"/><text x="${at}" y="${height - 6}" class="tick">${time(10 ** (from + i))}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(title)}">
<style>text{font:11px system-ui,sans-serif;fill:#334155}.head{font-size:14px;font-weight:600}.group{font-weight:600}.name{text-anchor:end}.tick{text-anchor:middle;fill:#64748b}.grid{stroke:#e2e8f0}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="22" class="head">${escape(title)}</text>
${grid.join('\n')}
${parts.join('\n')}
</svg>
`
}
