import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/** Every suite by name; each is loaded only when it runs. */
const suites = {
  client: () => import('./client.ts'),
} satisfies Record<string, () => Promise<Suite>>

interface Suite {
  /** Prints figures as they come; gives what is wrong. A slow figure is not wrong. */
  run(options: { readonly quick: boolean }): string[] | Promise<string[]>
}

// Plain Node resolves solid-js to its server build, in which nothing is reactive.
const required = ['--conditions=browser', '--expose-gc']
const missing = required.filter((flag) => !process.execArgv.includes(flag))

process.exitCode = missing.length > 0 ? relaunch(missing) : await runAll()

function relaunch(flags: readonly string[]): number {
  const args = [...process.execArgv, ...flags, ...process.argv.slice(1)]
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
}

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
  const wrong: string[] = []
  for (const [name, load] of Object.entries(suites)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const suite: Suite = await load()
    wrong.push(...(await suite.run(values)))
  }
  for (const line of wrong) console.error(`WRONG: ${line}`)
  return wrong.length > 0 ? 1 : 0
}
