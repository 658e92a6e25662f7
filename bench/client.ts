import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { close, differences, rehearse, setUp } from './client/arena.ts'
import { type Effort, type Timings, timeChanges } from './client/changes.ts'
import { type Counts, countEffects, expectedCounts } from './client/counts.ts'
import type { KindName } from './client/kinds.ts'
import { type LoadEffort, timeLoad, timeParse } from './client/load.ts'
import { measureMemory } from './client/memory.ts'
import { Room } from './client/room.ts'
import { type Name, names, others } from './competitors/competitors.ts'
import { requireProductionClient } from './solid-build.ts'
import { bytes, count, duration, ratio, Table, verdict } from './table.ts'

/** One size, how hard to try, and what ours / floor may be at most. */
interface Stage {
  readonly size: number
  /** Whether to measure what `<For>` does: it costs in proportion to the size. */
  readonly list: boolean
  readonly effort: Effort
  readonly loads: LoadEffort
  readonly targets: Readonly<Partial<Record<KindName | 'load', number>>>
}

const order: readonly KindName[] = ['update', 'insert', 'move', 'delete']
const at1k = { update: 3, load: 1.3 }
const at10k = { update: 3, insert: 1.5, delete: 1.5, move: 1.5, load: 1.3 }
const at100k = { update: 3, insert: 1, delete: 1, move: 1, load: 1.3 }

const stages: readonly Stage[] = [
  {
    size: 1_000,
    list: true,
    effort: { rounds: 200, changes: 100, slowEvery: 10, slowChanges: 3 },
    loads: { rounds: 101, slowRounds: 11 },
    targets: at1k,
  },
  {
    size: 10_000,
    list: true,
    effort: { rounds: 60, changes: 400, slowEvery: 10, slowChanges: 2 },
    loads: { rounds: 31, slowRounds: 5 },
    targets: at10k,
  },
  {
    size: 100_000,
    list: false,
    effort: { rounds: 20, changes: 500, slowEvery: 7, slowChanges: 1 },
    loads: { rounds: 9, slowRounds: 2 },
    targets: at100k,
  },
]

/** The `<For>` row costs milliseconds a change: fewer of them say enough. */
const listEffort: Effort = { rounds: 15, changes: 8, slowEvery: 5, slowChanges: 2 }

const quickStages: readonly Stage[] = stages.slice(0, 2).map((stage) => ({
  ...stage,
  effort: { ...stage.effort, rounds: 10, changes: 100 },
  loads: { rounds: 7, slowRounds: 2 },
}))

/** The work of one live, ordered query in the browser: ours between the least that does it and what others do. */
export async function run({ quick }: { readonly quick: boolean }): Promise<string[]> {
  requireProductionClient()
  console.log(`client: one live query where listId = x orderBy rank; ${machine()}`)
  console.log(`beside ${peers()}`)
  console.log('medians of alternating rounds; trust the ratios, not the times')

  // A figure of who gives another result says nothing.
  const wrong = await rehearse(1_000)
  if (wrong.length > 0) return wrong
  wrong.push(...(await counts()))
  const updates: { size: number; timings: Timings }[] = []
  for (const stage of quick ? quickStages : stages) {
    const figures = await timeStage(stage)
    wrong.push(...figures.wrong.map((line) => `${stage.size} rows, ${line}`))
    if (!figures.timings) return wrong
    updates.push({ size: stage.size, timings: figures.timings.get('update')! })
    compare(stage, figures.timings)
  }
  console.log('\nFor after insert: mapArray, which <For> is made of, over the rows, without any DOM.')
  flatness(updates)
  await memory(quick ? 10_000 : 100_000)
  return wrong
}

const columns = [
  ['', 17],
  ['floor', 10],
  ['ours', 10],
  ['ours / floor', 12],
  ['target', 14],
] as const

type Row = KindName | 'load'

interface Figures {
  /** None, if somebody does not give the result that the others give. */
  readonly timings?: ReadonlyMap<Row, Timings>
  readonly wrong: readonly string[]
}

/** Measures everyone at one size, and prints ours against the floor and its targets. */
async function timeStage(stage: Stage): Promise<Figures> {
  const { snapshot, changes, wrong } = await timeArena(stage)
  if (!changes) return { wrong }
  const timings = new Map<Row, Timings>([...changes, ['load', await timeLoad(snapshot, stage.loads)]])
  const table = new Table(`${count(stage.size)} rows (+10 % that do not match)`, columns)
  for (const [kind, { floor, ours }] of timings) {
    const target = verdict(ours / floor, stage.targets[kind], 'x')
    table.row(labelOf(kind), duration(floor), duration(ours), ratio(ours / floor), target)
  }
  console.log(`JSON.parse of the same snapshot: ${duration(timeParse(snapshot, 3))}`)
  return { timings, wrong }
}

/** The changes; the arena is left behind, as nothing else can be measured well beside so much memory. */
async function timeArena(stage: Stage): Promise<{
  snapshot: string
  changes?: ReadonlyMap<KindName, Timings>
  wrong: string[]
}> {
  const arena = await setUp(stage.size)
  const snapshot = arena.room.snapshot()
  const misled = differences(arena)
  if (misled.length > 0) return { snapshot, wrong: misled }
  const { timings, wrong } = timeChanges(order, arena, stage.effort)
  const lists = stage.list ? timeChanges(['list', 'delete'], arena, listEffort) : undefined
  const changes = new Map(timings)
  if (lists) changes.set('list', lists.timings.get('list')!)
  const all = [...wrong, ...(lists?.wrong ?? []), ...differences(arena)]
  await close(arena)
  return { snapshot, changes, wrong: all }
}

/** What others take for the same work in the same rounds, how much more than the floor, and than ours. */
function compare(stage: Stage, timings: ReadonlyMap<Row, Timings>): void {
  const table = new Table(`others at ${count(stage.size)} rows`, [
    ['', 17],
    ...others.flatMap((name) => [[name, 11] as const, ['/ floor', 9] as const, ['/ ours', 9] as const]),
  ])
  for (const [kind, measured] of timings) {
    const cells = others.flatMap((name) => [
      duration(measured[name]),
      ratio(measured[name] / measured.floor),
      ratio(measured[name] / measured.ours),
    ])
    table.row(labelOf(kind), ...cells)
  }
}

function labelOf(kind: Row): string {
  return kind === 'list' ? 'For after insert' : kind
}

const otherColumns = others.map((name) => [name, 11] as const)

async function counts(): Promise<string[]> {
  const size = 1_000
  const wrong: string[] = []
  const table = new Table(`what runs, ${count(size)} rows, each with an effect`, [
    ['', 36],
    ['floor', 10],
    ['ours', 10],
    ['target', 14],
    ...otherColumns,
  ])
  const counted = new Map<Name, Counts>()
  for (const name of names) counted.set(name, await countEffects(name, size))
  const questions = {
    update: 'effects for an update of one row',
    move: 'rows mounted again by a move',
    snapshot: 'effects for an identical snapshot',
  }
  for (const key of ['update', 'move', 'snapshot'] as const) {
    const of = (name: Name) => counted.get(name)![key]
    const right = of('ours') === expectedCounts[key]
    const target = `= ${expectedCounts[key]} ${right ? 'ok' : 'WRONG'}`
    table.row(questions[key], count(of('floor')), count(of('ours')), target, ...others.map((name) => count(of(name))))
    if (!right) wrong.push(`${questions[key]}: ${of('ours')}, not ${expectedCounts[key]}`)
  }
  return wrong
}

function flatness(updates: readonly { size: number; timings: Timings }[]): void {
  const [first, last] = [updates.at(0)!, updates.at(-1)!]
  const growth = names.map((name) => `${name} ${ratio(last.timings[name] / first.timings[name])}`)
  console.log(`update, ${count(last.size)} / ${count(first.size)} rows: ${growth.join(', ')}`)
}

async function memory(size: number): Promise<void> {
  const { payload, added, mounted } = await measureMemory(new Room(size, 1).snapshot(), size)
  const table = new Table(`memory a row at ${count(size)} rows, beside its ${bytes(payload)} of parsed record`, [
    ['', 30],
    ['floor', 10],
    ['ours', 10],
    ['target', 14],
    ...otherColumns,
  ])
  const row = (label: string, of: Readonly<Record<Name, number>>, target: string) =>
    table.row(label, bytes(of.floor), bytes(of.ours), target, ...others.map((name) => bytes(of[name])))
  row('loaded', added, verdict(Math.round(added.ours), addedTarget, 'B'))
  row('with an effect on one field', mounted, '')
  console.log(`target: ${targetRow} B with ${targetPayload} B of payload, so ${addedTarget} B beside it`)
}

const targetRow = 350
const targetPayload = 194
const addedTarget = targetRow - targetPayload

/** The versions of what is compared, as they are declared: exactly. */
function peers(): string {
  const { devDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return ['solid-js', 'tinybase', '@tanstack/solid-db'].map((name) => `${name} ${devDependencies[name]}`).join(', ')
}

function machine(): string {
  const cores = cpus()
  return `node ${process.version}, ${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'})`
}
