import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyChange, changeTo, differences, fieldOf, fieldsIn } from '../../../src/protocol/canvas/fields.ts'
import { defaultFields, readChange } from '../../../src/protocol/canvas/read-shape.ts'
import type { ShapeFields } from '../../../src/protocol/canvas/shape.ts'
import type { Json } from '../../../src/protocol/json.ts'

const keys = ['rotation', 'x', 'a.b', 'constructor', 'toString', 'color']
// As JSON brings it, and without the key that no value may have.
const json = fc
  .jsonValue({ maxDepth: 1 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Json)
  .filter((value) => !JSON.stringify(value).includes('"__proto__"'))
const value = fc.oneof(fc.constantFrom<Json>(0, 1, null, 'x', [1]), json)
const props = fc.dictionary(fc.constantFrom(...keys), value, { noNullPrototype: true })
const number = fc.constantFrom(0, 1, 2)
const shape: fc.Arbitrary<ShapeFields> = fc
  .record({ type: fc.constantFrom('rect', 'note'), x: number, y: number, width: number, height: number, props })
  .chain((fields) => fc.option(number).map((rotation) => (rotation === null ? fields : { ...fields, rotation })))

test('B2: a change to the values of another shape makes it that one, and names nothing else', () => {
  fc.assert(
    fc.property(shape, shape, (from, to) => {
      const change = changeTo(to, differences(from, to))
      const kept = structuredClone(from)
      expect(applyChange(from, change)).toEqual(to)
      expect(from).toEqual(kept)
      expect(fieldsIn(change).sort()).toEqual(differences(from, to).sort())
      expect(readChange(JSON.parse(JSON.stringify(change)), 'id')).toEqual(change)
    }),
  )
})

test('B2: a key of props is a field of its own, whatever it is called', () => {
  const fields = { ...defaultFields, rotation: 3, props: { rotation: 4, x: 5, 'a.b': 6 } }
  expect(
    ['rotation', 'props.rotation', 'props.x', 'props.a.b', 'props.toString'].map((name) => fieldOf(fields, name)),
  ).toEqual([3, 4, 5, 6, undefined])
  expect(applyChange(fields, { unset: ['props.rotation'] })).toEqual({ ...fields, props: { x: 5, 'a.b': 6 } })
  const { rotation: _, ...rest } = fields
  expect(applyChange(fields, { unset: ['rotation', 'props.none'] })).toEqual(rest)
})

test('B2: what is not changed stays the same value', () => {
  const props = { deep: { n: 1 }, color: 'red' }
  const fields = { ...defaultFields, props }
  expect(applyChange(fields, { x: 1 }).props).toBe(props)
  expect(applyChange(fields, { props: { color: 'blue' } }).props.deep).toBe(props.deep)
})
