import { cpus } from 'node:os'
import { type Arena, type Effort, type KindName, type Timings, timeChanges } from './client/changes.ts'
import { countEffects, expectedCounts } from './client/counts.ts'
import { timeLoad, timeParse } from './client/load.ts'
import { measureMemory } from './client/memory.ts'
import { parseChanges, parseSnapshot, Room } from './client/room.ts'
import { competitors, type Name, names } from './competitors/competitors.ts'
import { requireProductionClient } from './solid-build.ts'
import { bytes, count, duration, ratio, Table, verdict } from './table.ts'

/** One size, how hard to try, and what ours / floor may be at most. */
interface Stage {
  readonly size: number
  /** Whether to measure what `<For>` does: it costs in proportion to the size. */
  readonly list: boolean
  readonly effort: Effort
  readonly loads: number
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
    loads: 101,
    targets: at1k,
  },
  {
    size: 10_000,
    list: true,
    effort: { rounds: 60, changes: 400, slowEvery: 10, slowChanges: 2 },
    loads: 31,
    targets: at10k,
  },
  {
    size: 100_000,
    list: false,
    effort: { rounds: 20, changes: 500, slowEvery: 7, slowChanges: 1 },
    loads: 9,
    targets: at100k,
  },
]

/** The `<For>` row costs milliseconds a change: fewer of them say enough. */
const listEffort: Effort = { rounds: 15, changes: 8, slowEvery: 5, slowChanges: 2 }

const quickStages: readonly Stage[] = stages.slice(0, 2).map((stage) => ({
  ...stage,
  effort: { ...stage.effort, rounds: 10, changes: 100 },
  loads: 3,
}))

/** The work of one live, ordered query in the browser: ours between the least that does it and the usual way. */
export function run({ quick }: { readonly quick: boolean }): string[] {
  requireProductionClient()
  const wrong: string[] = []
  console.log(`client: one live query where listId = x orderBy rank; ${machine()}`)
  console.log('medians of alternating rounds; trust the ratios, not the times')

  wrong.push(...counts())
  const updates: { size: number; timings: Timings }[] = []
  for (const stage of quick ? quickStages : stages) {
    const arena = setUp(stage.size)
    const table = new Table(`${count(stage.size)} rows (+10 % that do not match)`, columns)
    const changes = timeChanges(order, arena, stage.effort)
    for (const kind of order) table.row(...timeCells(kind, changes.timings.get(kind)!, stage.targets[kind]))
    if (stage.list) {
      const lists = timeChanges(['list', 'delete'], arena, listEffort)
      table.row(...timeCells('For after insert', lists.timings.get('list')!, undefined))
      wrong.push(...lists.wrong.map((line) => `${stage.size} rows, ${line}`))
    }
    wrong.push(...changes.wrong.map((line) => `${stage.size} rows, ${line}`))
    updates.push({ size: stage.size, timings: changes.timings.get('update')! })
    const snapshot = arena.room.snapshot()
    table.row(...timeCells('load', timeLoad(snapshot, stage.loads), stage.targets.load))
    console.log(`JSON.parse of the same snapshot: ${duration(timeParse(snapshot, 3))}`)
  }
  console.log('\nFor after insert: mapArray, which <For> is made of, over the rows, without any DOM.')
  flatness(updates)
  memory(quick ? 10_000 : 100_000)
  return wrong
}

const columns = [
  ['', 17],
  ['floor', 10],
  ['ours', 10],
  ['ours / floor', 12],
  ['target', 14],
  ['reconcile', 10],
  ['reconcile / ours', 16],
] as const

function timeCells(label: string, timings: Timings, target: number | undefined): string[] {
  const { floor, ours, reconcile } = timings
  return [
    label,
    duration(floor),
    duration(ours),
    ratio(ours / floor),
    verdict(ours / floor, target, 'x'),
    duration(reconcile),
    ratio(reconcile / ours),
  ]
}

/** The same rows in every competitor; the rows that do not match reach them as changes, as they would from a server. */
function setUp(size: number): Arena {
  const room = new Room(size, size)
  const snapshot = room.snapshot()
  const others = room.others()
  const made = { floor: competitors.floor(), ours: competitors.ours(), reconcile: competitors.reconcile() }
  for (const name of names) {
    made[name].load(parseSnapshot(snapshot))
    made[name].catchUp(parseChanges(others))
  }
  return { room, competitors: made }
}

function counts(): string[] {
  const size = 1_000
  const wrong: string[] = []
  const table = new Table(`what runs, ${count(size)} rows, each with an effect`, [
    ['', 42],
    ['floor', 10],
    ['ours', 10],
    ['target', 14],
    ['reconcile', 10],
  ])
  const { floor, ours, reconcile } = {
    floor: countEffects('floor', size),
    ours: countEffects('ours', size),
    reconcile: countEffects('reconcile', size),
  }
  const questions = {
    update: 'effects for an update of one row',
    move: 'rows mounted again by a move',
    snapshot: 'effects for an identical snapshot',
  }
  for (const key of ['update', 'move', 'snapshot'] as const) {
    const right = ours[key] === expectedCounts[key]
    const target = `= ${expectedCounts[key]} ${right ? 'ok' : 'WRONG'}`
    table.row(questions[key], count(floor[key]), count(ours[key]), target, count(reconcile[key]))
    if (!right) wrong.push(`${questions[key]}: ${ours[key]}, not ${expectedCounts[key]}`)
  }
  return wrong
}

function flatness(updates: readonly { size: number; timings: Timings }[]): void {
  const [first, last] = [updates.at(0)!, updates.at(-1)!]
  const growth = (name: Name) => ratio(last.timings[name] / first.timings[name])
  const sizes = `${count(last.size)} / ${count(first.size)} rows`
  console.log(`update, ${sizes}: floor ${growth('floor')}, ours ${growth('ours')}, reconcile ${growth('reconcile')}`)
}

function memory(size: number): void {
  const { payload, added, mounted } = measureMemory(new Room(size, 1).snapshot(), size)
  const table = new Table(`memory a row at ${count(size)} rows, beside its ${bytes(payload)} of parsed record`, [
    ['', 30],
    ['floor', 10],
    ['ours', 10],
    ['target', 14],
    ['reconcile', 10],
  ])
  const cells = (of: Readonly<Record<Name, number>>) => names.map((name) => bytes(of[name]))
  const [floor, ours, reconcile] = cells(added)
  table.row('loaded', floor!, ours!, verdict(Math.round(added.ours), addedTarget, 'B'), reconcile!)
  const [floorMounted, oursMounted, reconcileMounted] = cells(mounted)
  table.row('with an effect on one field', floorMounted!, oursMounted!, '', reconcileMounted!)
  console.log(`target: ${targetRow} B with ${targetPayload} B of payload, so ${addedTarget} B beside it`)
}

const targetRow = 350
const targetPayload = 194
const addedTarget = targetRow - targetPayload

function machine(): string {
  const cores = cpus()
  return `node ${process.version}, ${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'})`
}
