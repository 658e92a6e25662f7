import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { runCommits } from './commits.ts'
import { runDeclarations } from './declarations.ts'
import { Dice } from './dice.ts'
import { documentNeeds, runDocuments } from './documents.ts'
import { runEpisode } from './episode.ts'
import { Events } from './events.ts'
import { framesAtOnce } from './orders.ts'
import { Workerd } from './workerd.ts'

/**
 * What comes to pass in one room after the other, how long that lasts, in milliseconds, and what must have happened at least
 * once: what never happens is not tested.
 */
const episodes = [
  { name: 'commits', run: runCommits, least: 1_000, most: 2_000, needs: ['commits that are judged alone'] },
  { name: 'declarations', run: runDeclarations, least: 1_500, most: 2_500, needs: ['declarations'] },
  { name: 'documents', run: runDocuments, least: 2_000, most: 3_500, needs: documentNeeds },
  { name: 'records', run: runEpisode, least: 3_000, most: 6_000, needs: ['writes acknowledged', 'comparisons'] },
] as const

/** How a drill may differ from the usual one. */
export interface DrillOptions {
  /** A file where every event is written. */
  readonly log?: string | undefined
  /** The name of the only kind of episode there is to be. */
  readonly only?: string | undefined
}

/** Storms for so long, in one room after the other. Says whether everything held; prints what did not. */
export async function drill(seconds: number, seed: number, { log, only }: DrillOptions = {}): Promise<boolean> {
  const events = new Events(log)
  const folder = await mkdtemp(join(tmpdir(), 'deepspace-solid-faults-'))
  const worker = await Workerd.build(folder, (line) => {
    if (line === 'WOKE') return events.count('awakenings')
    if (line === 'READ records') return events.count('frames that the spy read', framesAtOnce)
    if (line === 'READ documents') return events.count('frames of documents that the spy read', framesAtOnce)
    events.note(`worker: ${line}`)
    if (line.startsWith('SPY ')) events.blame(`the spy: ${line.slice('SPY '.length)}`)
  })
  await worker.start()
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => events.blame(`nobody caught ${error instanceof Error ? error.stack : error}`))
  }
  const patience = later(seconds * 5_000 + 120_000, undefined, { ref: false }).then(() => {
    throw new Error('the drill hangs')
  })
  await Promise.race([runAll(worker, seconds, seed, events, only), patience]).catch((error: Error) =>
    events.blame(error.stack!),
  )
  await worker.kill()
  await rm(folder, { recursive: true, force: true })
  report(events)
  return events.violations.length === 0
}

async function runAll(
  worker: Workerd,
  seconds: number,
  seed: number,
  events: Events,
  only: string | undefined,
): Promise<void> {
  const chosen = episodes.filter(({ name }) => only === undefined || name === only)
  const dice = new Dice(seed)
  const needs = new Set<string>()
  let left = seconds * 1000
  for (let number = 1; left > 0 && events.violations.length === 0; number++) {
    const { run, least, most, needs: needed } = chosen[(number - 1) % chosen.length]!
    const lasts = Math.min(left, Math.round(dice.between(least, most)))
    left -= lasts
    await run(worker, `${seed}-${number}`, lasts, dice.fork(), events)
    events.count('rooms')
    for (const need of needed) needs.add(need)
  }
  if (events.violations.length > 0) return
  for (const need of needs) if (!events.counts.get(need)) events.blame(`no ${need}: the storm tests nothing of it`)
}

function report(events: Events): void {
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
  const [first] = events.violations
  if (first !== undefined) {
    for (const line of events.around(first)) console.log(line.slice(0, 400))
    console.log(`\n${events.violations.length} VIOLATIONS; the first ones:`)
    for (const violation of events.violations.slice(0, 10)) console.log(`- ${violation.slice(0, 2_000)}`)
  }
  console.log(list(events.counts))
  console.log(`cuts: ${[...events.cuts.values()].reduce((sum, count) => sum + count, 0)}, of them ${list(events.cuts)}`)
}
