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
  const sources = ['src/protocol/frame.ts', 'src/protocol/records/messages.ts', 'src/protocol/error-payload.ts']
  const text = (await Promise.all(sources.map((path) => readFile(path, 'utf8')))).join('\n')
  // How a frame is read inside is nobody's affair.
  const declared = text.replace(/\nexport interface (ReplyTo|Incoming) \{[\s\S]*?\n\}/g, '')
  const types = [...text.matchAll(/\btype: '([\w.]+)'/g)].map(([, type]) => type!)
  const fields = [...declared.matchAll(/^ {2}(?:readonly )?(\w+)\??: |[{;] (?:readonly )?(\w+)\??: /gm)].map(
    ([, line, inline]) => line ?? inline!,
  )
  expect(new Set(types).size).toBe(15)
  expect(fields).toEqual(expect.arrayContaining(['recordId', 'since', 'removed', 'mark', 'revoked', 'hasMore', 'code']))
  const named = (word: string) => new RegExp(`(?<![\\w.])${word.replace('.', '\\.')}(?![\\w.])`).test(page)
  expect([...types, ...fields].filter((word) => !named(word))).toEqual([])
  const codes = await readFile('src/protocol/close-codes.ts', 'utf8')
  for (const [code] of codes.matchAll(/\b[14]\d{3}\b/g)) expect(page).toContain(code)
})
