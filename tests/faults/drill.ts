import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { runCommits } from './commits.ts'
import { runDeclarations } from './declarations.ts'
import { Dice } from './dice.ts'
import { runEpisode } from './episode.ts'
import { Events } from './events.ts'
import { Workerd } from './workerd.ts'

/** What comes to pass in one room after the other, and how long that lasts, in milliseconds. */
const episodes = [
  { run: runCommits, least: 1_000, most: 3_000 },
  { run: runDeclarations, least: 1_500, most: 3_500 },
  { run: runEpisode, least: 3_000, most: 6_000 },
] as const

/** Storms for so long, in one room after the other. Says whether everything held; prints what did not. */
export async function drill(seconds: number, seed: number, log?: string): Promise<boolean> {
  const events = new Events(log)
  const folder = await mkdtemp(join(tmpdir(), 'deepspace-solid-faults-'))
  const worker = await Workerd.build(folder, (line) => {
    if (line === 'WOKE') return events.count('awakenings')
    if (line === 'READ 100') return events.count('frames that the spy read', 100)
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
  await Promise.race([runAll(worker, seconds, seed, events), patience]).catch((error: Error) =>
    events.blame(error.stack!),
  )
  await worker.kill()
  await rm(folder, { recursive: true, force: true })
  report(events)
  return events.violations.length === 0
}

async function runAll(worker: Workerd, seconds: number, seed: number, events: Events): Promise<void> {
  const dice = new Dice(seed)
  let left = seconds * 1000
  for (let number = 1; left > 0 && events.violations.length === 0; number++) {
    const { run, least, most } = episodes[(number - 1) % episodes.length]!
    const lasts = Math.min(left, Math.round(dice.between(least, most)))
    left -= lasts
    await run(worker, `${seed}-${number}`, lasts, dice.fork(), events)
    events.count('rooms')
  }
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
