import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

interface Source {
  /** From the root of the project, with slashes. */
  readonly path: string
  readonly text: string
  /** What it imports: our own files by their path from the root, packages by their name as written. */
  readonly imports: readonly string[]
}

const sources = [...sourcesIn('src'), ...sourcesIn('worker')]
const protocol = sources.filter(({ path }) => path.startsWith('src/protocol/'))
const client = sources.filter(({ path }) => path.startsWith('src/') && !path.startsWith('src/protocol/'))
const worker = sources.filter(({ path }) => path.startsWith('worker/'))

describe('the two arrows: src/protocol <- src, and src/protocol <- worker', () => {
  test('all three have sources, and imports are found in them', () => {
    for (const part of [protocol, client, worker]) {
      expect(part.length).toBeGreaterThan(3)
      expect(part.flatMap(({ imports }) => imports).length).toBeGreaterThan(part.length)
    }
    expect(client.flatMap(({ imports }) => imports)).toContain('solid-js')
    expect(worker.flatMap(({ imports }) => imports)).toContain('cloudflare:workers')
  })

  test('the protocol imports nothing of ours but itself, and of others valibot, lib0 and y-protocols only', () => {
    expect(
      importsOf(protocol, (name) => !name.startsWith('src/protocol/') && !isOf(name, 'valibot', 'lib0', 'y-protocols')),
    ).toEqual([])
  })

  test('the client never imports the worker, nor anything of Cloudflare', () => {
    expect(importsOf(client, (name) => name.startsWith('worker/') || name.startsWith('cloudflare:'))).toEqual([])
    expect(importsOf(client, (name) => name.startsWith('deepspace-solid'))).toEqual([])
  })

  test('the worker imports of the client the protocol only, and no Solid', () => {
    expect(importsOf(worker, (name) => name.startsWith('src/') && !name.startsWith('src/protocol/'))).toEqual([])
    expect(importsOf(worker, (name) => name.startsWith('deepspace-solid'))).toEqual([])
    expect(importsOf(worker, (name) => isOf(name, 'solid-js') || name.startsWith('@solid-primitives/'))).toEqual([])
  })

  test('neither leaves its own folder', () => {
    const ours = (name: string) => name.startsWith('src/') || name.startsWith('worker/')
    const paths = new Set(sources.map(({ path }) => path))
    expect(importsOf(sources, (name) => /^\.|\.tsx?$/.test(name) && !(ours(name) && paths.has(name)))).toEqual([])
  })
})

describe('files', () => {
  test('are named by what they hold', () => {
    const vague = /(^|[-_.])(utils?|helpers?|common|types?|managers?|handlers?|services?|misc|shared)($|[-_.])/
    expect(sources.map(({ path }) => path).filter((path) => vague.test(basename(path).replace(/\.tsx?$/, '')))).toEqual(
      [],
    )
  })

  test('are no longer than 450 lines', () => {
    const lengths = sources.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    expect(lengths.filter(({ lines }) => lines > 450)).toEqual([])
  })
})

test('imports are found in every form', () => {
  const text = `
import a from 'a'
import type { B } from "b"
import {
  c,
  type D,
} from './c.ts'
import './d.ts'
export { e } from '../e.ts'
export * from 'f'
export type { G } from 'g'
const h = await import('h')
type I = import('i').I
// import x from 'x1'
/** import y from 'x2' */
const text = \`from 'x3'\`
export const j = [1] // from 'x4'
`
  expect(importsIn(text, 'src/replica/row.ts')).toEqual([
    'a',
    'b',
    'src/replica/c.ts',
    'src/replica/d.ts',
    'src/e.ts',
    'f',
    'g',
    'h',
    'i',
  ])
})

function sourcesIn(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const path = relative(root, file).replaceAll('\\', '/')
      const text = readFileSync(file, 'utf8')
      return { path, text, imports: importsIn(text, path) }
    })
}

function importsIn(text: string, path: string): string[] {
  const statement =
    /^(?:import\s(?:[^'"`;]*?\sfrom\s*)?|export\s(?:type\s)?(?:\*[^'"\n]*|\{[^}]*\})\sfrom\s)['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]/gm
  const names = [...text.matchAll(statement)].map((match) => match[1] ?? match[2]!)
  return names.map((name) => (name.startsWith('.') ? normalize(join(dirname(path), name)).replaceAll('\\', '/') : name))
}

/** `importer -> imported`, for the imports that a rule speaks against. */
function importsOf(files: readonly Source[], forbidden: (name: string) => boolean): string[] {
  return files.flatMap(({ path, imports }) => imports.filter(forbidden).map((name) => `${path} -> ${name}`))
}

/** Whether an import is of one of these packages. */
function isOf(name: string, ...packages: string[]): boolean {
  return packages.some((of) => name === of || name.startsWith(`${of}/`))
}
