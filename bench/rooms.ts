import { cpus } from 'node:os'
import { memoryUnderAttack, recordsUnderAttack, underAttack } from './rooms/attack.ts'
import { type Burst, type BurstEffort, bursts } from './rooms/burst.ts'
import type { Delivery } from './rooms/crowd.ts'
import { type FanOut, type FanOutEffort, fanOut, type Readers } from './rooms/fan-out.ts'
import { type Idle, IdleCrowds, records } from './rooms/idle.ts'
import { type Resume, resumes } from './rooms/resume.ts'
import { compared, middle, type Rounds, type Turns } from './rooms/turns.ts'
import { Workerd } from './rooms/workerd.ts'
import { type Writes, writes } from './rooms/writes.ts'
import { atLeast, bytes, count, duration, ratio, Table, verdict } from './table.ts'

interface Effort {
  readonly fanOut: readonly FanOutEffort[]
  readonly burst: BurstEffort
  readonly writes: { readonly count: number; readonly rounds: Rounds }
  readonly resume: { readonly rows: number; readonly rounds: number }
  readonly idle: number
  /** How long each attack goes on, in milliseconds. */
  readonly attack: number
}

const allReaders: readonly Readers[] = ['everyone', 'listed', 'team']

const full: Effort = {
  fanOut: [
    { size: 100, readers: allReaders, rounds: { warmUp: 1, counted: 14 }, alone: 4, stream: 30 },
    { size: 500, readers: allReaders, rounds: { warmUp: 1, counted: 8 }, alone: 3, stream: 6 },
  ],
  burst: { size: 100, writes: 500, rounds: { warmUp: 1, counted: 3 } },
  writes: { count: 1000, rounds: { warmUp: 1, counted: 8 } },
  resume: { rows: 5000, rounds: 5 },
  idle: 1000,
  attack: 8000,
}

const quick: Effort = {
  fanOut: [{ size: 100, readers: ['everyone', 'team'], rounds: { warmUp: 1, counted: 2 }, alone: 3, stream: 20 }],
  burst: { size: 100, writes: 500, rounds: { warmUp: 0, counted: 1 } },
  writes: { count: 1000, rounds: { warmUp: 0, counted: 2 } },
  resume: { rows: 5000, rounds: 1 },
  idle: 300,
  attack: 3000,
}

/** At least so much of the deliveries of the bare object. */
const fanOutTargets: Readonly<Record<Readers, number>> = { everyone: 0.9, listed: 0.7, team: 0.7 }

/** The worker in a real workerd, beside a Durable Object that does the least. */
export async function run(options: { readonly quick: boolean }): Promise<string[]> {
  const effort = options.quick ? quick : full
  const wrong: string[] = []
  console.log(`rooms: a record room beside a bare Durable Object, in one workerd; ${machine()}`)
  console.log('the bare object stores a row and sends a frame made beforehand, of the same size, without any check')
  console.log('medians of alternating rounds, ratios too; CPU is what workerd alone needed, ours / bare')

  await inWorkerd(async (workerd) => {
    for (const each of effort.fanOut) {
      const table = new Table(`fan-out to ${count(each.size)} connections, deliveries a second`, rateColumns)
      for await (const result of fanOut(workerd, each)) {
        table.row(...fanOutCells(result))
        wrong.push(...result.wrong.map((line) => `fan-out to ${each.size}, ${nameOf(result)}: ${line}`))
      }
    }

    const { burst } = effort
    const table = new Table(
      `${burst.writes} writes at once to ${burst.size} v=1 connections, until all have the last`,
      [
        ['', 24],
        ['bare', 10],
        ['ours', 10],
        ['bare / ours', 11],
        ['target', 14],
        ['CPU', 8],
        ['frames', 14],
        ['MB', 14],
      ],
    )
    for (const result of await bursts(workerd, burst)) {
      table.row(...burstCells(result))
      wrong.push(...result.wrong.map((line) => `burst, ${result.records} records: ${line}`))
    }

    const acks = new Table(`${count(effort.writes.count)} writes at once from one client, ACKs a second`, rateColumns)
    for await (const result of writes(workerd, effort.writes)) {
      acks.row(...writesCells(result, effort.writes.count))
      wrong.push(...result.wrong.map((line) => `${result.what}: ${line}`))
    }

    wrong.push(...(await reconnects(workerd, effort)))
  })

  await inWorkerd(async (workerd) => {
    wrong.push(...(await idleConnections(workerd, effort.idle)))
  })

  await inWorkerd((workerd) => attacked(workerd, effort.attack))
  return wrong
}

/** What one client notices of another one that does its worst, in a room with the limits that every app has. */
async function attacked(workerd: Workerd, milliseconds: number): Promise<void> {
  const table = new Table(
    `write to ACK of one client in a room of ${count(recordsUnderAttack)} records, while another sends`,
    [
      ['', 36],
      ['median', 10],
      ['to nobody', 11],
      ['target', 14],
      ['worst', 10],
    ],
  )
  let alone = Number.NaN
  for await (const { name, median, worst } of underAttack(workerd, milliseconds)) {
    if (name === 'nobody') alone = median
    const times = median / alone
    table.row(name, duration(median), ratio(times), name === 'nobody' ? '' : verdict(times, 2, 'x'), duration(worst))
  }
  const { before, after } = await memoryUnderAttack(workerd)
  console.log(
    `memory after 1,000 hostile counts, queries and memberships, at rest: ${ratio(after / before)} before (${verdict(after / before, 1.2, 'x')})`,
  )
}

/** One that has served nobody yet: what it keeps of earlier work would hide what is measured. */
async function inWorkerd(measure: (workerd: Workerd) => Promise<void>): Promise<void> {
  const workerd = await Workerd.start()
  try {
    await measure(workerd)
  } finally {
    await workerd.close()
  }
}

const rateColumns = [
  ['', 40],
  ['bare', 10],
  ['ours', 10],
  ['ours / bare', 11],
  ['target', 14],
  ['CPU', 8],
] as const

function nameOf({ readers, kind, pace }: FanOut): string {
  const rule = { everyone: 'equal', listed: 'different, listed', team: 'different, team' }[readers]
  return `${rule}; ${kind}, ${pace === 'alone' ? 'one by one' : 'a stream'}`
}

function fanOutCells(result: FanOut): string[] {
  const rate = ({ counted, micros }: Delivery) => (counted / micros) * 1e6
  return rateCells(nameOf(result), result.turns, rate, fanOutTargets[result.readers])
}

function writesCells({ what, turns }: Writes, writes: number): string[] {
  return rateCells(what, turns, ({ micros }) => (writes / micros) * 1e6, 0.55)
}

function rateCells(label: string, turns: Turns, rate: (delivery: Delivery) => number, target: number): string[] {
  const both = compared(turns, rate)
  return [
    label,
    count(Math.round(middle(turns.bare, rate))),
    count(Math.round(middle(turns.ours, rate))),
    ratio(both),
    atLeast(both, target, 'x'),
    cpuCell(turns),
  ]
}

function burstCells({ records, turns }: Burst): string[] {
  const of = (figure: (delivery: Delivery) => number) =>
    [middle(turns.bare, figure), middle(turns.ours, figure)] as const
  const [bare, ours] = of(({ micros }) => micros)
  const times = 1 / compared(turns, ({ micros }) => micros)
  const pair = ([bare, ours]: readonly [number, number], show: (value: number) => string) =>
    `${show(bare)} : ${show(ours)}`
  return [
    records === 1 ? 'of one record' : `of ${count(records)} records`,
    duration(bare),
    duration(ours),
    ratio(times),
    atLeast(times, 5, 'x'),
    cpuCell(turns),
    pair(
      of(({ frames }) => frames),
      count,
    ),
    pair(
      of(({ bytes }) => bytes / 1e6),
      (megabytes) => megabytes.toFixed(1),
    ),
  ]
}

function cpuCell(turns: Turns): string {
  const both = compared(turns, ({ cpu }) => cpu)
  return Number.isNaN(both) ? '-' : ratio(both)
}

async function reconnects(workerd: Workerd, { resume }: Effort): Promise<string[]> {
  const wrong: string[] = []
  const table = new Table(`a v=1 client comes back to a query of ${count(resume.rows)} rows`, [
    ['', 24],
    ['received', 12],
    ['time', 10],
    ['a change', 10],
    ['target', 14],
  ])
  const results: Resume[] = []
  for await (const result of resumes(workerd, resume)) {
    results.push(result)
    const name = result.missed === undefined ? 'everything' : `${result.missed} missed`
    wrong.push(...result.wrong.map((line) => `reconnect, ${name}: ${line}`))
    const [whole, unchanged] = [results[0]!.bytes, results[1]?.bytes ?? Number.NaN]
    const each = result.missed ? (result.bytes - unchanged) / result.missed : undefined
    // A difference costs no more a record than the whole does.
    const target = each ? verdict(Math.round(each), Math.round(whole / resume.rows), 'B') : ''
    table.row(
      name,
      bytes(result.bytes),
      duration(result.micros),
      each === undefined ? '' : bytes(each),
      result.missed === 0 ? verdict(result.bytes, 1000, 'B') : target,
    )
  }
  return wrong
}

async function idleConnections(workerd: Workerd, size: number): Promise<string[]> {
  const crowds = new IdleCrowds(workerd, size)
  const table = new Table(`memory of workerd for each of ${count(size)} idle connections`, [
    ['', 36],
    ['', 10],
    ['to the empty', 14],
    ['target', 14],
  ])
  let empty = Number.NaN
  for await (const { what, memory } of crowds.open()) {
    if (what === 'empty') empty = memory
    const known = !Number.isNaN(memory)
    const growth = memory / empty
    const compares = known && what === 'filled'
    table.row(
      idleNames[what],
      known ? bytes(memory) : 'not measured on this platform',
      compares ? ratio(growth) : '',
      // It follows who is connected, and not what the room holds.
      compares ? verdict(growth, 1.2, 'x') : '',
    )
  }
  const { served, micros, wrong } = await crowds.wake()
  console.log(`after a sleep, one write reached ${count(served)} of ${count(size)} connections in ${duration(micros)}`)
  crowds.close()
  return [...wrong]
}

const idleNames: Readonly<Record<Idle['what'], string>> = {
  bare: 'the bare object',
  empty: 'ours, an empty room',
  filled: `ours, a room of ${count(records)} records`,
}

function machine(): string {
  const cores = cpus()
  return `node ${process.version}, ${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'})`
}
