import { parseArgs } from 'node:util'

// It would ask the network where this machine is.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } })
const seconds = Number(values.seconds ?? 60)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('Usage: npm run test:leaks -- [--seconds N] [--seed S]')
  process.exit(2)
}
console.log(`hunting for ${seconds} s; again: npm run test:leaks -- --seconds ${seconds} --seed ${seed}`)
// Before anything of the package is loaded: where it is.
await import('../../faults/sources.ts')
const { createRooms } = await import('../../support/harness.ts')
const { hunt } = await import('./hunt.ts')
const rooms = createRooms()
const { url } = await rooms.listen()
const { leaks, ...tally } = await hunt(url.origin, seed, seconds * 1000)
const { violations } = (await (await fetch(new URL('/spy', url))).json()) as { violations: string[] }
await rooms.close()
console.log(
  Object.entries(tally)
    .map(([name, count]) => `${count} ${name}`)
    .join(', '),
)
for (const leak of [...leaks, ...violations].slice(0, 10)) console.log(`- ${leak}`)
console.log(leaks.length + violations.length === 0 ? 'ok' : `FAILED with the seed ${seed}`)
process.exit(leaks.length + violations.length === 0 ? 0 : 1)
