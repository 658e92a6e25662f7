import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { codeBlocks } from './support/code-blocks.ts'

/** Inside the project, so that the code finds its packages; not tracked. */
const folder = resolve('.wrangler/types')

const tasks = `
import { collection } from 'deepspace-solid/schema'
import * as v from 'valibot'

export const tasks = collection('tasks', {
  fields: {
    title: v.pipe(v.string(), v.trim(), v.minLength(1)),
    done: v.optional(v.boolean(), false),
    priority: v.optional(v.number()),
    kind: v.picklist(['bug', 'wish']),
    number: v.string(),
    tags: v.optional(v.array(v.string()), []),
    json: v.optional(v.object({ items: v.array(v.object({ id: v.number() })) })),
    author: v.string(),
    doneAt: v.optional(v.nullable(v.string())),
  },
  immutable: ['number'],
  userBound: ['author'],
  timestamps: { doneAt: { field: 'done' } },
  permissions: { member: { read: true, create: true } },
})
`

/** What every snippet may use. */
const around = `
import { createCanvas, createCount, createGameRoom, createMutations, createQuery, createRecord, RecordProvider, RecordScope } from 'deepspace-solid'
import type { MaybeOptions, QueryOptions, WhereIn } from 'deepspace-solid'
import { collection, cursorOf, type DataOf, type NewDataOf, type PatchOf, type RecordOf } from 'deepspace-solid/schema'
import * as v from 'valibot'
import { tasks } from './tasks.ts'
declare const text: () => string
declare const maybe: () => string | undefined
declare const number: () => number
declare const maybeNumber: () => number | undefined
const query = createQuery(tasks)
const row = query.records[0]!
const { create, put, remove, createConfirmed, putConfirmed } = createMutations(tasks)
type Track = { cars: Record<string, { x: number }> }
type Drive = { action: 'drive'; data: number }
const game = createGameRoom<Track, Drive>('a')
const fields = { title: v.string(), tags: v.array(v.string()), done: v.boolean() }
`

/** What is wrong, and what the compiler has to speak of: the field, and what was expected. */
const mistakes: readonly (readonly [code: string, words: readonly string[]])[] = [
  // A misspelt field.
  ["create({ titel: 'a', kind: 'bug', number: '1' })", ["'titel'", "Did you mean to write 'title'?"]],
  ["createConfirmed({ titel: 'a', kind: 'bug', number: '1' })", ["'titel'", "Did you mean to write 'title'?"]],
  ["put('a', { tilte: 'a' })", ["'tilte'", "Did you mean to write 'title'?"]],
  ["putConfirmed('a', { tilte: 'a' })", ["'tilte'", "Did you mean to write 'title'?"]],
  // A field that is missing.
  ["create({ kind: 'bug', number: '1' })", ["Property 'title' is missing", 'title: string']],
  ["create({ title: 'a', kind: 'bug' })", ["Property 'number' is missing"]],
  // A value of another type.
  ["create({ title: 'a', kind: 'bgu', number: '1' })", ['"bgu"', '"bug" | "wish"']],
  ["put('a', { done: 'yes' })", ["'string' is not assignable to type 'boolean"]],
  ["put('a', { done: null })", ["'null' is not assignable to type 'boolean"]],
  // A value of another type in a where.
  ["createQuery(tasks, { where: { done: 'yes' } })", ["'string'", 'Condition<boolean>']],
  ["createQuery(tasks, () => ({ where: { done: 'yes' } }))", ["'where.done'", 'Condition<boolean>']],
  ["createQuery(tasks, () => text() && { where: { done: 'yes' } })", ["'where.done'", 'Condition<boolean>']],
  ["createQuery(tasks, () => ({ where: { kind: 'bgu' } }))", ["'kind'", '"bug" | "wish"']],
  ['createQuery(tasks, () => ({ where: { title: { eq: 3 } } }))', ["'title'", "'eq'", "'number'", "'string'"]],
  ["createCount(tasks, { done: 'yes' })", ["'string'", 'Condition<boolean>']],
  ["createCount(tasks, () => ({ done: 'yes' }))", ["'done'", 'Condition<boolean>']],
  // A field that there is not.
  ['createQuery(tasks, { where: { dnoe: true } })', ["'dnoe' does not exist"]],
  ['createQuery(tasks, () => ({ where: { dnoe: true } }))', ['{ dnoe: true; }', "'where'"]],
  ['createQuery(tasks, () => ({ where: { dnoe: true, done: true } }))', ["'where.dnoe'", 'never']],
  ['createQuery(tasks, () => text() && { where: { dnoe: true, done: true } })', ['dnoe: never']],
  ['createCount(tasks, () => ({ dnoe: true, done: true }))', ["'dnoe'", 'never']],
  // An operator that there is not, or not of this field.
  ["createQuery(tasks, { where: { title: { begins: 'a' } } })", ["'begins' does not exist"]],
  ["createQuery(tasks, () => ({ where: { title: { begins: 'a' } } }))", ['begins', "'where.title'"]],
  ["createQuery(tasks, { where: { priority: { like: 'a' } } })", ["'like' does not exist", 'number']],
  ['createQuery(tasks, { where: { tags: { gt: 3 } } })', ["'gt' does not exist"]],
  // An order by what has none.
  ["createQuery(tasks, { orderBy: 'prioritty' })", ['"prioritty"', '"priority"']],
  ["createQuery(tasks, () => ({ orderBy: 'prioritty' }))", ['"prioritty"', 'Did you mean \'"priority"\'?']],
  ["createQuery(tasks, { orderBy: 'tags' })", ['"tags"', '"title"']],
  ["createQuery(tasks, () => ({ orderBy: 'json' }))", ["'orderBy'", '"json"', '"title"']],
  ["createQuery(tasks, { orderBy: ['title', { field: 'json', dir: 'asc' }] })", ['"json"', '"title"']],
  ["createQuery(tasks, () => ({ orderDir: 'up' }))", ["'orderDir'", '"asc" | "desc"']],
  // A misspelt option.
  ['createQuery(tasks, { limt: 3 })', ["'limt' does not exist"]],
  ["createQuery(tasks, () => ({ orderby: 'title' }))", ['orderby']],
  ["createQuery(tasks, () => text() && { orderby: 'title' })", ['orderby']],
  ["createQuery(tasks, () => ({ orderBy: 'title', limt: 3 }))", ["'limt'", 'never']],
  ["createQuery(tasks, () => text() && { orderBy: 'title', limt: 3 })", ['limt: never']],
  // A put of what is fixed, or set by the server.
  ["put('a', { number: '2' })", ["'number' does not exist", 'title']],
  ["put('a', { done: true, number: '2' })", ["'number' does not exist", 'title']],
  ["put('a', { author: 'bob' })", ["'author' does not exist"]],
  ["create({ title: 'a', kind: 'bug', number: '1', doneAt: null })", ["'doneAt' does not exist"]],
  // A write to what was read.
  ["row.data.title = 'x'", ["'title'", 'read-only']],
  ["row.data.tags.push('x')", ["'push' does not exist on type 'readonly string[]'"]],
  ["row.data.tags[0] = 'x'", ["'readonly string[]' only permits reading"]],
  ['row.data.json!.items[0]!.id = 2', ["'id'", 'read-only']],
  ['delete row.data.json', ["'delete'", 'read-only']],
  ["row.recordId = 'x'", ["'recordId'", 'read-only']],
  ['query.records.push(row)', ["'push' does not exist on type 'readonly"]],
  ["createQuery('tasks').records[0]!.data.any = 1", ['only permits reading']],
  // A scope that is none.
  ['export const a = <RecordScope roomId="a" collections={tasks} />', ['"tasks"', 'CollectionLike[]']],
  ['export const b = <RecordScope room="a" collections={[tasks]} />', ["'room' does not exist"]],
  ['export const c = <RecordScope roomId={3} collections={[tasks]} />', ["'number'", "'string'"]],
  // An id that is none.
  ['createRecord(tasks, 3)', ["'3'", 'string']],
  ['createRecord(tasks, () => 3)', ["'3'", 'string']],
  ['put(3, { done: true })', ["'number'", "'string'"]],
  ['remove(row)', ['RecordEnvelope', "'string'"]],
  // A field of a shape that there is not, or of another type.
  ["createCanvas('a').move('b', { z: 1 })", ["'z' does not exist"]],
  ["createCanvas<{ color: string }>('a').add({ props: { colour: 'red' } })", ["'colour' does not exist"]],
  ["createCanvas<{ color: string }>('a').update('b', { props: { color: 3 } })", ["'number'", "'string'"]],
  [
    "createCanvas<{ color: string }>('a').update('b', { unset: ['props.colour'] })",
    ['"props.colour"', '"props.color"'],
  ],
  ["createCanvas('a').ordered[0]!.x = 1", ["'x'", 'read-only']],
  ['createCanvas(3)', ["'3'", 'RoomId']],
  // What is not in a game, or is no input of it.
  ["game.send({ action: 'fly', data: 1 })", ['"fly"', '"drive"']],
  ["game.send({ action: 'drive', data: 'fast' })", ["'string'", "'number'"]],
  ['game.state.cars', ["'game.state' is possibly 'undefined'"]],
  ["game.state!.cars['a']!.x = 1", ["'x'", 'read-only']],
  ['game.players.push()', ["'push' does not exist on type 'readonly"]],
  ['game.interpolated((track) => track.boats)', ["'boats' does not exist"]],
  ['game.predict({ step: (track) => void (track.boats = 1) })', ["'boats' does not exist"]],
  ["game.predict({ step: () => {}, inputs: 'first' })", ['"first"', 'InputChoice']],
  ['createGameRoom(3)', ["'3'", 'RoomId']],
  // A declaration of what cannot be.
  ["collection('c', { fields, permissions: {}, unique: [['title', 'tags']] })", ['"tags"', '"done" | "title"']],
  ["collection('c', { fields, permissions: {}, indexes: [['tags']] })", ['"tags"', '"title"']],
  ["collection('c', { fields, permissions: {}, ownerField: 'titel' })", ['"titel"', '"title"']],
  ["collection('c', { fields, permissions: {}, immutable: ['titel'] })", ['"titel"', '"title"']],
]

/** What is said as people say it. */
const right = `
createQuery(tasks, text() && { where: { title: text() } })
createQuery(tasks, () => text() && { where: { title: text() } })
createQuery(tasks, () => maybe() && { where: { title: 'a' }, orderBy: 'title', orderDir: 'asc' })
createQuery(tasks, () => number() && { limit: number() })
createQuery(tasks, () => row && { where: { author: row.data.author } })
createQuery(tasks, () => (text() ? { where: { kind: 'bug' } } : undefined))
createCount(tasks, text() && { done: true })
createCount(tasks, () => text() && { done: true })
createRecord(tasks, text() && 'a')
createRecord(tasks, () => text() && 'a')
createRecord(tasks, maybe)
createCanvas(maybe)
createGameRoom(maybe).send({ action: 'any', data: { thing: [1] } })
game.send({ action: 'drive', data: number() })
game.predict({ step: (track, inputs, { dt }) => { for (const { userId, data } of inputs) track.cars[userId]!.x += data * dt }, smoothing: maybeNumber() })()?.cars
game.interpolated((track) => track.cars[text()]?.x)() satisfies number | undefined
createCanvas(text() && 'a').add({ id: maybe(), props: { any: [1] } })
createCanvas<{ color: string; size?: number }>('a').update('b', { x: 1, props: { color: 'red' }, unset: ['props.size', 'rotation'] })
createRecord(tasks, maybe())
interface Aim { x: number }
const aimed = createGameRoom<{ aims: Record<string, Aim> }, { action: 'aim'; data: Aim | null }>(maybe)
aimed.send({ action: 'aim', data: { x: 1 } })
aimed.predict({ step: (state, [input]) => void (state.aims[input!.userId] = input!.data!) })
createGameRoom('a').send({ action: 'any', data: [1] })
// Literals are what they are, wherever they stand.
createQuery(tasks, () => ({ where: { kind: 'bug' } }))
createQuery(tasks, () => ({ where: { kind: { in: ['bug', null] } } }))
createQuery(tasks, () => ({ where: { or: [{ kind: 'bug' }, { not: { kind: { ne: 'wish' } } }] } }))
createQuery(tasks, () => ({ where: text() ? { kind: 'bug' } : {} }))
createQuery(tasks, () => ({ orderBy: ['kind', { field: 'title', dir: 'asc' }] }))
createCount(tasks, () => ({ and: [{ kind: 'bug' }] }))
createQuery('tasks', () => ({ where: { kind: 'bug', n: { gt: 3 }, or: [{ a: { in: ['a', 1] } }], json: { x: [1] } } }))
createQuery(tasks, () => ({ where: text() ? { kind: 'bug', done: true } : { title: 'a' }, limit: 3 }))
createQuery(tasks, () => {
  if (text()) return { where: { kind: 'bug' } }
  return { orderBy: 'title' }
})
createQuery<typeof tasks>(tasks, () => ({ where: { kind: 'bug' } }))
// Whoever wraps them hands options on.
type Asked<C extends typeof tasks | string> = MaybeOptions<QueryOptions<C>>
export const wrapped = (options: Asked<typeof tasks> | (() => Asked<typeof tasks>)) => createQuery(tasks, options)
export const wrap = <C extends typeof tasks | string>(of: C, options: () => Asked<C>) => createQuery(of, options)
export const counted = (where: () => MaybeOptions<WhereIn<typeof tasks>>) => createCount(tasks, where)
// Text, numbers and booleans have an order, also where they can be missing.
for (const orderBy of ['title', 'done', 'priority', 'kind', 'doneAt', 'createdAt', 'recordId'] as const) {
  createQuery(tasks, { orderBy })
}
// What may be undefined says nothing.
createQuery(tasks, { where: undefined, orderBy: undefined, orderDir: undefined, limit: maybeNumber(), after: query.cursor })
cursorOf({ orderBy: undefined, orderDir: undefined }, row)
collection('c', {
  fields,
  permissions: { member: { read: true, writableFields: undefined } },
  ownerField: undefined,
  collaboratorsField: undefined,
  teamField: undefined,
  teams: undefined,
  visibilityField: undefined,
  immutable: undefined,
  userBound: undefined,
  timestamps: undefined,
  unique: undefined,
  indexes: undefined,
})
export const page = (
  <RecordProvider getToken={undefined} url={maybe()} keepFor={maybeNumber()} onError={undefined} onWriteError={undefined}>
    <RecordScope roomId="a" collections={[tasks, 'notes']} sharedScopes={undefined} />
  </RecordProvider>
)
// What was read can be written again.
put('a', { json: { items: row.data.json!.items } })
put('a', { tags: [...row.data.tags, 'x'] })
put('a', { tags: row.data.tags.filter((tag) => tag !== 'x') })
create({ title: row.data.title, kind: row.data.kind, number: '1', tags: row.data.tags })
const loose = createMutations('tasks')
loose.put('a', { ...createQuery('tasks').records[0]!.data })
// A put of all that a create needs is one, and may say what cannot change later.
put('a', { title: 'a', kind: 'bug', number: '1' })
putConfirmed('a', { title: 'a', kind: 'bug', number: '1' })
// A draft is what a put takes.
export const draft: PatchOf<typeof tasks> = { ...row.data }
draft.title = 'b'
export const whole: NewDataOf<typeof tasks> = { ...row.data }
export const data: DataOf<typeof tasks> = row.data
export const record: RecordOf<typeof tasks> = row
`

const worker = `
import { type Identity, jwtAuth, routeRooms } from 'deepspace-solid/worker'
declare const env: { secret?: string; issuer?: string; audience?: string[] }
declare const namespace: DurableObjectNamespace | undefined
export const authenticate = jwtAuth({
  secret: env.secret,
  algorithms: undefined,
  issuer: env.issuer,
  audience: env.audience,
  authorizedParties: undefined,
  clockTolerance: undefined,
  devSecret: undefined,
})
export const identity: Identity = { userId: 'a', name: '', email: '', anonymous: false, imageUrl: undefined, expiresAt: undefined }
export const answer = (request: Request) =>
  routeRooms(request, env, {
    rooms: { records: namespace },
    authenticate,
    anonymous: undefined,
    origins: undefined,
    authorize: undefined,
  })
`

interface Verdict {
  /** What the compiler says of each file. */
  readonly of: (file: string) => string
}

/** Compiles what is in the folder. */
async function compile(exact: boolean): Promise<Verdict> {
  const tsc = resolve('node_modules/typescript/bin/tsc')
  const output = await promisify(execFile)(
    process.execPath,
    [tsc, '-p', folder, '--pretty', 'false', '--exactOptionalPropertyTypes', String(exact)],
    { maxBuffer: 1 << 26 },
  ).then(
    ({ stdout }) => stdout,
    ({ stdout }: { readonly stdout: string }) => stdout,
  )
  const said = new Map<string, string>()
  let last = ''
  for (const line of output.split('\n')) {
    const [, file] = /([\w.-]+)\(\d+,\d+\): error/.exec(line) ?? []
    last = file ?? last
    said.set(last, `${said.get(last) ?? ''}${line}\n`)
  }
  return { of: (file) => said.get(file) ?? '' }
}

let verdict: Verdict
let pages: string[]

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const write = (name: string, text: string) => writeFile(join(folder, name), text)
  await write(
    'tsconfig.json',
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { noUnusedLocals: false, noImplicitOverride: false, types: ['@cloudflare/workers-types'] },
      include: ['.'],
    }),
  )
  await write('tasks.ts', tasks)
  await write('right.tsx', around + right)
  await write('worker.ts', worker)
  for (const [index, [code]] of mistakes.entries()) await write(`mistake-${index}.tsx`, `${around}${code}\n`)
  pages = []
  for (const [page, app] of [
    ['README.md', 'first'],
    ['docs/queries.md', 'library'],
    ['docs/libraries.md', 'library'],
    ['docs/inputs.md', 'inputs'],
  ] as const) {
    const into = join(folder, app)
    await mkdir(into, { recursive: true })
    for (const { language, name, code } of await codeBlocks(page)) {
      if (!name || !/^tsx?$/.test(language) || name === 'vite.config.ts') continue
      await writeFile(join(into, name), code)
      pages.push(name)
    }
  }
  verdict = await compile(true)
}, 120_000)

describe('S6: what the compiler says of a mistake', () => {
  test.for(mistakes.map(([code, words], index) => ({ code, words, index })))('S6: $code', ({ words, index }) => {
    const said = verdict.of(`mistake-${index}.tsx`)
    for (const word of words) expect(said).toContain(word)
    expect(said.match(/: error TS/g)).toHaveLength(1)
    // A scope is told what it was given, whole; anybody else hears of fields.
    if (!said.includes('CollectionLike') && !said.includes('RecordScopeProps')) {
      expect(said).not.toMatch(/Schema|Action|Infer|Output/)
    }
  })
})

test('S6: what is right compiles, with exactOptionalPropertyTypes and without', async () => {
  const lenient = await compile(false)
  for (const name of ['right.tsx', 'tasks.ts', 'worker.ts']) {
    expect(verdict.of(name)).toBe('')
    expect(lenient.of(name)).toBe('')
  }
})

test('the examples of README.md and the docs compile with exactOptionalPropertyTypes', () => {
  expect(pages).toEqual(
    expect.arrayContaining(['worker.ts', 'app.tsx', 'library.ts', 'card-form.tsx', 'book-form.tsx']),
  )
  for (const name of new Set(pages)) expect(verdict.of(name)).toBe('')
})
