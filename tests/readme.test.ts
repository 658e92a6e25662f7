import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { codeBlocks } from './support/code-blocks.ts'

/** Inside the project, so that the code finds its packages; not tracked. */
const folder = resolve('.wrangler/readme')

/** Takes the named code blocks of a page, in order, and writes them as files. */
async function extract(page: string): Promise<string[]> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const names: string[] = []
  for (const { language, name, code } of await codeBlocks(page)) {
    if (name === undefined || !/^tsx?$/.test(language)) continue
    names.push(name)
    await writeFile(join(folder, name), code)
  }
  return names
}

test('the examples of docs/queries.md are those of examples/library, which a test runs', async () => {
  const names = await extract('docs/queries.md')
  expect(names).toEqual(['schema.ts', 'library.ts'])
  for (const name of names) {
    expect(await readFile(join(folder, name), 'utf8')).toBe(await readFile(join('examples/library', name), 'utf8'))
  }
})
