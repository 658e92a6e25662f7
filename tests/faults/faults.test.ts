import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const seconds = 10
const program = fileURLToPath(new URL('run.ts', import.meta.url))

/** Runs the drill as a process of its own: its clients need another build of Solid, and other clocks. */
function drill(seed: number): Promise<{ code: number | null; output: string }> {
  const args = ['--conditions=browser', program, `--seconds=${seconds}`, `--seed=${seed}`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}

test('F4, F5, F12, W2, W3, W5, W7, A1-A8, L2, L3, L8, V1-V7, Q1, Q7, Q12, U4, U7, H1, H3-H6, C2-C6, R4, R5, R9, R10, G4-G7, T2-T4, T6, X2, X5, X6, X10-X12, D1, D3-D5, D7, D10, D15: whatever is cut, killed, put to sleep, set wrong, refused for a while, removed or declared anew, what was acknowledged or saved is kept, and everyone sees what they may', async () => {
  const { code, output } = await drill(Math.floor(Math.random() * 2 ** 31))
  console.log(output)
  expect([code, output.trimEnd().split('\n').at(-1)]).toEqual([0, 'ok'])
}, 240_000)
