import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/** Every suite by name; each is loaded only when it runs. */
const suites: Readonly<Record<string, Entry>> = {
  // Plain Node resolves solid-js to its server build, in which nothing is reactive.
  client: { flags: ['--conditions=browser', '--expose-gc'], load: () => import('./client.ts') },
  rooms: { flags: ['--expose-gc'], load: () => import('./rooms.ts') },
  documents: { flags: ['--expose-gc'], load: () => import('./documents.ts') },
  game: { flags: [], load: () => import('./game.ts') },
}

interface Entry {
  /** What Node is to be started with. */
  readonly flags: readonly string[]
  load(): Promise<Suite>
}

interface Suite {
  /** Prints figures as they come; gives what is wrong. A slow figure is not wrong. */
  run(options: { readonly quick: boolean }): string[] | Promise<string[]>
}

process.exitCode = await runAll().catch((error) => {
  // Not thrown on: what a suite has started ends by itself, and is given the time to.
  console.error(error)
  return 1
})

async function runAll(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const known = Object.keys(suites)
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    console.error(`No suite ${unknown.join(', ')}. Usage: npm run bench -- [${known.join(' | ')}] [--quick]`)
    return 2
  }
  const chosen = known.filter((name) => positionals.length === 0 || positionals.includes(name))
  const [only] = chosen
  if (chosen.length === 1 && missing(only!).length === 0) return runOne(only!, values)
  // Each in a process of its own, with the flags that it needs.
  const codes = chosen.map((name) => launch(name, values.quick))
  return Math.max(...codes)
}

function missing(name: string): string[] {
  return suites[name]!.flags.filter((flag) => !process.execArgv.includes(flag))
}

function launch(name: string, quick: boolean): number {
  const script = process.argv[1]!
  const args = [...process.execArgv, ...missing(name), script, name, ...(quick ? ['--quick'] : [])]
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
}

async function runOne(name: string, options: { readonly quick: boolean }): Promise<number> {
  const suite = await suites[name]!.load()
  const wrong = await suite.run(options)
  for (const line of wrong) console.error(`WRONG: ${line}`)
  return wrong.length > 0 ? 1 : 0
}
