/**
 * Programs with numbers, as texts: `# name`, a source, `---`, the data, `==>`, what comes out. Data and results are lines
 * `name: 1 2 3`, the members of a family with `|` between them; `∂w: 1` is a gradient. Where nothing comes out,
 * `refused TEXT` says at which piece of the source.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Values } from './index.ts'

export interface Case {
  readonly name: string
  readonly source: string
  readonly values: Readonly<Record<string, Values>>
  readonly loss: number | undefined
  readonly outputs: Readonly<Record<string, readonly number[]>>
  readonly gradients: Readonly<Record<string, Values>>
  readonly refused: string | undefined
}

export function casesIn(folder: URL): { readonly file: string; readonly cases: readonly Case[] }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => ({
      file,
      cases: readFileSync(new URL(file, folder), 'utf8')
        .split(/^(?=# )/m)
        .map(read),
    }))
}

function read(text: string): Case {
  const parts = /^# (.*)\n\n([^]*?)\n---\n([^]*?)\n==>\n([^]*)$/.exec(text)
  if (!parts) throw new Error(`no case:\n${text}`)
  const [, name, source, given, results] = parts as unknown as [string, string, string, string, string]
  const lines = new Map([...results.matchAll(/^(\S+?):? (.*)$/gm)].map(([, key, value]) => [key!, value!]))
  const loss = lines.get('loss')
  const refused = lines.get('refused')
  lines.delete('loss')
  lines.delete('refused')
  const gradients: Record<string, Values> = {}
  const outputs: Record<string, readonly number[]> = {}
  for (const [key, value] of lines)
    if (key.startsWith('∂')) gradients[key.slice(1)] = valuesOf(value)
    else outputs[key] = value.split(' ').map(Number)
  const values = [...given.matchAll(/^(\S+): (.*)$/gm)].map(([, key, value]) => [key!, valuesOf(value!)])
  return {
    name,
    source,
    values: Object.fromEntries(values) as Record<string, Values>,
    loss: loss === undefined ? undefined : Number(loss),
    outputs,
    gradients,
    refused,
  }
}

/** A single number is a scalar; a vector of one entry has brackets, `[3]`. */
function valuesOf(text: string): Values {
  const members = text.split('|').map((member): Values => {
    const [, bracketed] = /^\[(.*)\]$/.exec(member.trim()) ?? []
    const list = (bracketed ?? member).trim().split(' ').map(Number)
    return list.length === 1 && bracketed === undefined ? list[0]! : list
  })
  return members.length > 1 ? members : members[0]!
}
