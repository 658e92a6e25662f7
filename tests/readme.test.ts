import { spawnSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

/** Inside the project, so that the code finds its packages; not tracked. */
const folder = resolve('.wrangler/readme')

test('the first app of the README compiles as it stands', async () => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const readme = await readFile('README.md', 'utf8')
  const files = [...readme.matchAll(/```tsx?\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, name, code]) => ({
    name: name!,
    code: code!,
  }))
  expect(files.map(({ name }) => name)).toEqual(['schema.ts', 'worker.ts', 'app.tsx'])
  for (const { name, code } of files) await writeFile(join(folder, name), code)

  const check = async (name: string, compilerOptions: object, include: string[]) => {
    const config = join(folder, name)
    await writeFile(config, JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include }))
    const { stdout } = spawnSync('tsc', ['-p', config], { encoding: 'utf8' })
    expect(stdout).toBe('')
  }
  // A new app has no rule that an override must say so.
  await check(
    'tsconfig.worker.json',
    { lib: ['ES2024'], types: ['@cloudflare/workers-types'], noImplicitOverride: false },
    ['worker.ts'],
  )
  await check('tsconfig.json', {}, ['app.tsx'])
}, 60_000)
