import { spawnSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

/** Inside the project, so that the code finds its packages; not tracked. */
const folder = resolve('.wrangler/readme')

/** Takes the named code blocks of a page, in order, and writes them as files. */
async function extract(page: string): Promise<string[]> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const text = await readFile(page, 'utf8')
  const names: string[] = []
  for (const [, name, code] of text.matchAll(/```tsx?\n\/\/ (\S+)\n([\s\S]*?)```/g)) {
    names.push(name!)
    await writeFile(join(folder, name!), code!)
  }
  return names
}

/** What the compiler has to say of files that were extracted. */
async function compile(include: string[], compilerOptions: object = {}): Promise<string> {
  const config = join(folder, 'tsconfig.json')
  await writeFile(config, JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include }))
  return spawnSync('tsc', ['-p', config], { encoding: 'utf8' }).stdout
}

test('the first app of the README compiles as it stands', async () => {
  expect(await extract('README.md')).toEqual(['schema.ts', 'worker.ts', 'app.tsx'])
  // A new app has no rule that an override must say so.
  const worker = { lib: ['ES2024'], types: ['@cloudflare/workers-types'], noImplicitOverride: false }
  expect(await compile(['worker.ts'], worker)).toBe('')
  expect(await compile(['app.tsx'])).toBe('')
}, 60_000)

test('the examples of docs/queries.md are those of examples/library, which a test runs', async () => {
  const names = await extract('docs/queries.md')
  expect(names).toEqual(['schema.ts', 'library.ts'])
  for (const name of names) {
    expect(await readFile(join(folder, name), 'utf8')).toBe(await readFile(join('examples/library', name), 'utf8'))
  }
})
