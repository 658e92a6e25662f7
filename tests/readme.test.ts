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

test.for([
  { page: 'queries', folder: 'library', files: ['schema.ts', 'library.ts'] },
  { page: 'inputs', folder: 'inputs', files: ['schema.ts', 'draft.ts', 'card-form.tsx'] },
  { page: 'text', folder: 'text', files: ['note.tsx'] },
  { page: 'presence', folder: 'presence', files: ['cursors.tsx'] },
  { page: 'canvas', folder: 'canvas', files: ['board.tsx'] },
  { page: 'game', folder: 'game', files: ['track.ts', 'race-room.ts', 'race.tsx'] },
  {
    page: 'libraries',
    folder: 'library',
    files: ['book-table.tsx', 'book-shelf.tsx', 'book-form.tsx', 'book-editor.tsx', 'book-routes.tsx'],
  },
])(
  'the examples of docs/$page.md are those of examples/$folder, which a test runs',
  async ({ page, folder: from, files }) => {
    const names = await extract(`docs/${page}.md`)
    expect(names).toEqual(files)
    for (const name of names) {
      expect(await readFile(join(folder, name), 'utf8')).toBe(await readFile(join('examples', from, name), 'utf8'))
    }
  },
)
