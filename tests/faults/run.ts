import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

// Plain Node resolves solid-js to its server build, in which nothing is reactive.
const flag = '--conditions=browser'

process.exitCode = process.execArgv.includes(flag) ? await run() : relaunch()

function relaunch(): number {
  const args = [...process.execArgv, flag, ...process.argv.slice(1)]
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
}

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string' },
      seed: { type: 'string' },
      log: { type: 'string' },
      only: { type: 'string' },
    },
  })
  const seconds = Number(values.seconds ?? 60)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  if (!(seconds > 0) || !Number.isInteger(seed)) {
    console.error(
      'Usage: npm run test:faults -- [--seconds N] [--seed S] [--log FILE] [--only commits|declarations|documents|records]',
    )
    return 2
  }
  // Before anything of the clients is loaded: where the package is, which clocks there are, and a page.
  await import('./sources.ts')
  await import('./time.ts')
  await import('./browser.ts')
  await import('./witness.ts')
  const { drill } = await import('./drill.ts')
  console.log(`storms for ${seconds} s; again: npm run test:faults -- --seconds ${seconds} --seed ${seed}`)
  const isFine = await drill(seconds, seed, values)
  console.log(isFine ? 'ok' : `FAILED with the seed ${seed}`)
  // Sockets of lines that were lost may still be open; what was printed is to be read first.
  process.stdout.write('', () => process.exit(isFine ? 0 : 1))
  return isFine ? 0 : 1
}
