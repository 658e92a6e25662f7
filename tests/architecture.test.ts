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

const sources = [...sourcesIn('src'), ...sourcesIn('start'), ...sourcesIn('worker')]
const paths = new Set(sources.map(({ path }) => path))
const protocol = sources.filter(({ path }) => path.startsWith('src/protocol/'))
const client = sources.filter(({ path }) => path.startsWith('src/') && !path.startsWith('src/protocol/'))
const worker = sources.filter(({ path }) => path.startsWith('worker/'))
const start = sources.filter(({ path }) => path.startsWith('start/'))

/** What a part of the house may import beside itself. `<wing>` stands for a kind of room: records, text, canvas ... */
const arrows: readonly (readonly [part: string, mayImport: readonly string[]])[] = [
  ['src/protocol', []],
  ['src/protocol/<wing>', ['src/protocol']],
  ['src/connection', ['src/protocol']],
  // What a room has said, read field by field; and values that are shown.
  ['src/live', ['src/protocol']],
  // Documents that many write at once: a room of their own has one, and a field of a record may be one.
  ['src/documents', ['src/protocol', 'src/protocol/documents', 'src/connection', 'src/live']],
  [
    'src/<wing>',
    ['src/protocol', 'src/protocol/<wing>', 'src/protocol/documents', 'src/connection', 'src/documents', 'src/live'],
  ],
  ['worker/edge', ['src/protocol']],
  ['worker/room', ['src/protocol', 'worker/edge']],
  ['worker/documents', ['src/protocol', 'src/protocol/documents']],
  [
    'worker/<wing>',
    ['src/protocol', 'src/protocol/<wing>', 'src/protocol/documents', 'worker/edge', 'worker/room', 'worker/documents'],
  ],
  // Server code of an app: it speaks with rooms as the edge does, and with the browser through what a page brings.
  ['start', ['src/protocol', 'src/protocol/records', 'worker/edge']],
]

/** The imports of our own files, folder by folder, as they are; the public doors `src/*.ts`, `worker/index.ts` and `start/index.ts` are none. */
const picture = [
  ...new Set(
    sources.flatMap(({ path, imports }) =>
      imports
        .filter((name) => paths.has(name) && partOf(path) !== partOf(name) && partOf(path) !== 'door')
        .map((name) => `${partOf(path)} -> ${partOf(name)}`),
    ),
  ),
].sort()

describe('the house', () => {
  test('every part has sources, and imports are found in them', () => {
    for (const part of [protocol, client, start, worker]) {
      expect(part.length).toBeGreaterThan(3)
      expect(part.flatMap(({ imports }) => imports).length).toBeGreaterThan(part.length)
    }
    expect(client.flatMap(({ imports }) => imports)).toContain('solid-js')
    expect(worker.flatMap(({ imports }) => imports)).toContain('cloudflare:workers')
    expect(picture).toContain('worker/records -> worker/room')
  })

  test('no arrow leads upwards, nor from one wing to another', () => {
    expect(
      picture.filter((arrow) => !isAllowed(arrow)),
      `imports by folder:\n${picture.join('\n')}`,
    ).toEqual([])
  })

  test('no file imports itself by way of others', () => {
    expect(circles(sources), `imports by folder:\n${picture.join('\n')}`).toEqual([])
  })

  test('docs/architecture.md shows the same arrows between folders', () => {
    const [, diagram] = /```mermaid\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/architecture.md'), 'utf8'))!
    const folders = new Map([...diagram!.matchAll(/(\w+)\["([\w/]+)/g)].map(([, id, folder]) => [id, folder]))
    const drawn = [...diagram!.matchAll(/^ *(\w+) --> (\w+)$/gm)].map(
      ([, from, to]) => `${folders.get(from)} -> ${folders.get(to)}`,
    )
    expect(drawn.sort()).toEqual(picture)
  })

  test('the protocol imports of others valibot and the parts of Yjs only', () => {
    expect(
      importsOf(
        protocol,
        (name) => !name.startsWith('src/protocol/') && !isOf(name, 'valibot', 'yjs', 'lib0', 'y-protocols'),
      ),
    ).toEqual([])
  })

  test('the client imports nothing of Cloudflare, the worker nothing of Solid, and neither the package by its name', () => {
    expect(importsOf(client, (name) => name.startsWith('worker/') || name.startsWith('cloudflare:'))).toEqual([])
    expect(importsOf(worker, (name) => isOf(name, 'solid-js') || name.startsWith('@solid-primitives/'))).toEqual([])
    expect(importsOf(sources, (name) => name.startsWith('deepspace-solid'))).toEqual([])
  })

  test('server code of an app imports of Solid the request alone, of SolidStart nothing, and no client imports it', () => {
    expect(importsOf(start, (name) => isOf(name, 'solid-js', '@solidjs/start') && name !== 'solid-js/web')).toEqual([])
    expect(importsOf([...client, ...protocol, ...worker], (name) => name.startsWith('start/'))).toEqual([])
  })

  test('neither leaves its own folder', () => {
    const ours = (name: string) => ['src/', 'start/', 'worker/'].some((folder) => name.startsWith(folder))
    expect(importsOf(sources, (name) => /^\.|\.tsx?$/.test(name) && !(ours(name) && paths.has(name)))).toEqual([])
  })

  test('a circle is found', () => {
    const file = (path: string, ...imports: string[]): Source => ({ path, text: '', imports })
    expect(circles([file('a', 'b'), file('b', 'c', 'x'), file('c', 'b')])).toEqual(['b -> c -> b'])
    expect(circles([file('a', 'b', 'c'), file('b', 'c'), file('c')])).toEqual([])
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
  expect(importsIn(text, 'src/records/replica/row.ts')).toEqual([
    'a',
    'b',
    'src/records/replica/c.ts',
    'src/records/replica/d.ts',
    'src/records/e.ts',
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

/** The part of the house that a file is in: a folder, whatever lies deeper in a wing with it, or a public door. */
function partOf(path: string): string {
  const [root, ...folders] = path.split('/').slice(0, -1)
  if (root === 'start' && path !== 'start/index.ts') return 'start'
  if (folders.length === 0) return 'door'
  return [root, ...folders.slice(0, folders[0] === 'protocol' ? 2 : 1)].join('/')
}

/** Whether one of {@link arrows} says so. */
function isAllowed(arrow: string): boolean {
  const [from, to] = arrow.split(' -> ') as [string, string]
  const named = arrows.find(([part]) => part === from)
  if (named) return named[1].includes(to)
  const wing = from.split('/').at(-1)!
  const general = arrows.find(([part]) => part.replace('<wing>', wing) === from)
  return general?.[1].some((part) => part.replace('<wing>', wing) === to) ?? false
}

/** Every circle of imports, once, as a path from a file to itself. */
function circles(files: readonly Source[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path)
    if (at >= 0) found.push([...way.slice(at), path].join(' -> '))
    if (at >= 0 || done.has(path)) return
    for (const name of byPath.get(path)?.imports ?? []) visit(name, [...way, path])
    done.add(path)
  }
  for (const { path } of files) visit(path, [])
  return found
}

/** `importer -> imported`, for the imports that a rule speaks against. */
function importsOf(files: readonly Source[], forbidden: (name: string) => boolean): string[] {
  return files.flatMap(({ path, imports }) => imports.filter(forbidden).map((name) => `${path} -> ${name}`))
}

/** Whether an import is of one of these packages. */
function isOf(name: string, ...packages: string[]): boolean {
  return packages.some((of) => name === of || name.startsWith(`${of}/`))
}
