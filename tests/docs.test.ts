import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const docs = (await readdir('docs')).map((name) => `docs/${name}`)
const rules = new Set(
  [...(await readFile('SPEC.md', 'utf8')).matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, rule]) => rule),
)

test('every rule that a page cites is in SPEC.md', async () => {
  const missing: string[] = []
  for (const page of ['README.md', 'CONTRIBUTING.md', ...docs]) {
    for (const [rule] of (await readFile(page, 'utf8')).matchAll(/\b[A-Z]\d{1,2}\b/g)) {
      if (!rules.has(rule)) missing.push(`${page}: ${rule}`)
    }
  }
  expect(rules.size).toBeGreaterThan(100)
  expect(missing).toEqual([])
})

test('docs/protocol.md has every frame, every field that a payload may have, and every way to be refused by words', async () => {
  const page = await readFile('docs/protocol.md', 'utf8')
  const sources = [
    'src/protocol/frame.ts',
    'src/protocol/records/messages.ts',
    'src/protocol/yjs/messages.ts',
    'src/protocol/presence/messages.ts',
    'src/protocol/canvas/messages.ts',
    'src/protocol/canvas/baseline.ts',
    'src/protocol/canvas/shape.ts',
    'src/protocol/game/messages.ts',
    'src/protocol/game/delta.ts',
    'src/protocol/error-payload.ts',
  ]
  const text = (await Promise.all(sources.map((path) => readFile(path, 'utf8')))).join('\n')
  // How a frame is read inside is nobody's affair.
  const declared = text.replace(/\nexport interface (ReplyTo|Incoming) \{[\s\S]*?\n\}/g, '')
  const types = [...text.matchAll(/\btype: '([\w.]+)'/g)].map(([, type]) => type!)
  const fields = [...declared.matchAll(/^ {2}(?:readonly )?(\w+)\??: |[{;] (?:readonly )?(\w+)\??: /gm)].map(
    ([, line, inline]) => line ?? inline!,
  )
  expect(new Set(types).size).toBe(54)
  expect(fields).toEqual(expect.arrayContaining(['recordId', 'since', 'removed', 'mark', 'revoked', 'hasMore', 'code']))
  const named = (word: string) => new RegExp(`(?<![\\w.])${word.replace('.', '\\.')}(?![\\w.])`).test(page)
  expect([...types, ...fields].filter((word) => !named(word))).toEqual([])
  const codes = await readFile('src/protocol/close-codes.ts', 'utf8')
  for (const [code] of codes.matchAll(/\b[14]\d{3}\b/g)) expect(page).toContain(code)
})

test('no comment and no test cites a rule, or a page, that is not there', async () => {
  const cited =
    /\((?:SPEC )?((?:[A-Z]\d{1,2}(?:, | and | to |-)?)+)\)|(['"`])((?:[A-Z]\d{1,2}(?:, | and | to |-)?)+): /g
  const wrong: string[] = []
  let citations = 0
  for (const folder of ['src', 'worker', 'bench', 'tests', 'examples']) {
    for (const name of await readdir(folder, { recursive: true })) {
      if (!/\.tsx?$/.test(name) || name.includes('.wrangler')) continue
      const text = await readFile(`${folder}/${name}`, 'utf8')
      for (const [, comment, , title] of text.matchAll(cited)) {
        citations++
        for (const [rule] of (comment ?? title)!.matchAll(/[A-Z]\d+/g)) {
          if (!rules.has(rule)) wrong.push(`${folder}/${name}: ${rule}`)
        }
      }
      for (const [page] of text.matchAll(/\bdocs\/[\w-]+\.md\b/g)) {
        if (!docs.includes(page)) wrong.push(`${folder}/${name}: ${page}`)
      }
      // A page has a name that one can open.
      for (const [words] of text.matchAll(/\b[A-Z]{5,} [AB]\d?\b/g)) wrong.push(`${folder}/${name}: ${words}`)
    }
  }
  expect(citations).toBeGreaterThan(200)
  expect(wrong).toEqual([])
})
