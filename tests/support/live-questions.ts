import type { Json } from 'deepspace-solid/schema'
import fc from 'fast-check'
import type { ModelQuery } from './model.ts'
import { anyData, anyOrder, anyWhere, few, type Kinds, spelt } from './questions.ts'

/** What is asked of a room. */
export type Question = ModelQuery & { readonly limit?: number }

/** Who may read a thing, as far as its fields decide it. */
export function anyAccess(users: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  const someone = fc.constantFrom(...users)
  return fc.record(
    {
      owner: fc.option(someone),
      people: fc.uniqueArray(someone, { maxLength: 2 }),
      team: fc.constantFrom(null, 't'),
      visibility: fc.constantFrom('private', 'public'),
    },
    { requiredKeys: [] },
  )
}

/** Questions over these fields, with a limit of so many at most. */
export function anyQuestion(kinds: Kinds, anyId: fc.Arbitrary<string>, longest: number): fc.Arbitrary<Question> {
  return fc
    .record({
      where: fc.option(anyWhere(kinds, few), { nil: undefined, freq: 2 }),
      order: anyOrder(kinds),
      limit: fc.option(fc.integer({ min: 1, max: longest }), { nil: undefined, freq: 3 }),
      after: fc.option(fc.record({ values: anyData(kinds, few), recordId: anyId }), { nil: undefined, freq: 1 }),
    })
    .map(({ where, order, limit, after }) => ({
      ...(where && { where }),
      ...order,
      ...(limit && { limit }),
      ...(after && { after: placeIn(order, { ...after.values, recordId: after.recordId }) }),
    }))
}

/** The place of an order where a record with these values would stand. */
function placeIn({ orderBy = 'createdAt' }: ModelQuery, values: Record<string, unknown>): Record<string, Json> {
  const elsewhere: Record<string, string> = { createdAt: moment, updatedAt: moment, createdBy: 'alice' }
  const fields = [orderBy].flat().map((key) => (typeof key === 'string' ? key : key.field))
  return Object.fromEntries(
    [...fields, 'recordId'].map((field) => [field, values[field] ?? elsewhere[field] ?? null]),
  ) as Record<string, Json>
}

const moment = spelt(Date.now(), 330)
