import { collection, type Level } from 'deepspace-solid/schema'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { readQuery } from '../../../src/protocol/records/query.ts'
import type { Where } from '../../../src/protocol/records/where.ts'
import { countSql, selectSql } from '../../../worker/records/record-sql.ts'
import { levels } from '../../support/collections.ts'

/** Two fields of the same kind: one that an index answers, and one that nobody may learn anything of. */
function docsReadBy(read: Level) {
  return collection('docs', {
    fields: {
      listed: v.optional(v.string()),
      secret: v.optional(v.string()),
      owner: v.optional(v.string()),
      people: v.optional(v.array(v.string())),
      team: v.optional(v.string()),
      state: v.optional(v.string()),
    },
    ownerField: 'owner',
    collaboratorsField: 'people',
    teamField: 'team',
    teams: { collection: 'members', team: 'team', user: 'user' },
    visibilityField: 'state',
    permissions: { member: { read } },
    indexes: [['listed']],
  })
}

const anyCondition = fc.constantFrom<unknown>(
  'x',
  null,
  { gt: 'x' },
  { ne: 'x' },
  { in: ['x', 'y'] },
  { nin: ['x'] },
  { like: 'x%' },
  { startsWith: 'x' },
  { contains: 'x' },
  { isNull: false },
)
const anyWhere = fc.letrec<{ where: Where }>((tie) => ({
  where: fc.oneof(
    { depthSize: 'small' },
    fc.dictionary(fc.constantFrom('listed', 'secret'), anyCondition, { minKeys: 1 }),
    fc.record({ and: fc.array(tie('where'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('where'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('where') }),
  ),
})).where

/** What of a statement SQLite looks at before it knows whether the reader may read the record. */
function beforeTheRule(text: string): string {
  return text.replaceAll(/CASE WHEN .* ELSE 0 END/g, '').replace(/ORDER BY.*/, '')
}

describe('A11: the read rule is judged before any condition, but for what a declared index answers', () => {
  test.each(levels.filter((level) => level !== false))('%s', (level) => {
    const docs = docsReadBy(level)
    const reader = { userId: 'ann', role: 'member' }
    fc.assert(
      fc.property(anyWhere, fc.boolean(), fc.constantFrom('secret', 'listed', undefined), (where, idsOnly, orderBy) => {
        const after = orderBy && { [orderBy]: 'x', recordId: 'r' }
        const question = readQuery({ collection: 'docs', where, ...(after && { orderBy, after }) }, docs)
        const texts = [...selectSql(question, docs, reader, idsOnly), countSql(question, docs, reader)].map(
          (sql) => sql?.text ?? '',
        )
        for (const text of texts) {
          // For whom everything is readable there is nothing to hide.
          if (level === true) expect(text).not.toContain('CASE WHEN "')
          else {
            expect(beforeTheRule(text)).not.toContain('"secret"')
            expect(beforeTheRule(text)).not.toMatch(/instr|octet_length/)
          }
        }
      }),
    )
  })

  test('an index is asked first, so that it is used', () => {
    const docs = docsReadBy('own')
    const question = readQuery({ collection: 'docs', where: { listed: 'x', secret: 'y' } }, docs)
    const { text } = selectSql(question, docs, { userId: 'ann', role: 'member' })[0]!
    expect(beforeTheRule(text)).toContain('("listed" IS ?)')
  })
})

test('Q4: a chain of a hundred conditions is no deeper than SQLite takes', () => {
  const docs = docsReadBy('team')
  const or = Array.from({ length: 100 }, () => ({ secret: { isNull: true } }))
  const question = readQuery({ collection: 'docs', where: { not: { or } } }, docs)
  const { text } = selectSql(question, docs, { userId: 'ann', role: 'member' })[0]!
  let depth = 0
  let deepest = 0
  for (const character of text) {
    depth += Number(character === '(') - Number(character === ')')
    deepest = Math.max(deepest, depth)
  }
  expect(deepest).toBeLessThan(20)
})
