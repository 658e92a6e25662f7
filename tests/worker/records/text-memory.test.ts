import { expect, inject, onTestFinished, test } from 'vitest'
import { TextMemory } from '../../../worker/records/text-memory.ts'
import { callRoom } from '../../support/rpc.ts'
import { TextWire } from '../../support/text-wire.ts'
import { Wire } from '../../support/wire.ts'

/** A text that weighs something, and says whether its document is open. */
class Weight {
  weight: number
  isOpen = true
  mayClose = true

  constructor(weight: number) {
    this.weight = weight
  }

  close(): boolean {
    if (this.mayClose) this.isOpen = false
    return this.mayClose
  }
}

test('X8: of documents that weigh too much together those that were used last stay in memory', () => {
  const memory = new TextMemory<Weight>(10)
  const [a, b, c] = [new Weight(4), new Weight(4), new Weight(4)]
  const open = () => [a, b, c].map(({ isOpen }) => isOpen)
  for (const each of [a, b, a]) memory.used(each)
  expect(open()).toEqual([true, true, true])
  memory.used(c)
  expect(open()).toEqual([true, false, true])
  // It has grown since; one alone may weigh anything.
  c.weight = 20
  memory.used(c)
  expect(open()).toEqual([false, false, true])
  memory.closed(c)
  for (const each of [a, b]) {
    each.isOpen = true
    memory.used(each)
  }
  expect(open()).toEqual([true, true, true])
  // What cannot be written stays.
  a.mayClose = false
  c.weight = 4
  memory.used(c)
  expect(open()).toEqual([true, false, true])
})

test('X8: more texts than fit into memory are all whole, saved, and told', async () => {
  const [base, room] = [inject('base'), `limited:${crypto.randomUUID()}`]
  const open = async (user: string): Promise<Wire> => {
    const wire = await Wire.open(base, room, user, 'v=1')
    onTestFinished(() => wire.close())
    return wire
  }
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const texts: [TextWire, TextWire][] = []
  for (const id of ids) {
    await callRoom(base, room, 'put', ['samples', id, { text: id }, 'system'])
    const pair = [new TextWire(await open('ann'), 'samples', id), new TextWire(await open('ben'), 'samples', id)]
    for (const text of pair) await text.join()
    texts.push(pair as [TextWire, TextWire])
  }
  for (let round = 0; round < 5; round++) {
    // Each insertion in front of the last is a struct of its own.
    for (const [mine] of texts) for (let n = 0; n < 8; n++) mine.edit((text) => text.insert(0, `${n}`))
  }
  for (const [mine, theirs] of texts) {
    await mine.saved()
    expect(mine.text).toHaveLength(40)
    await theirs.reads(mine.text)
    expect((await callRoom(base, room, 'getText', ['samples', mine.place.recordId, 'body', 'system'])).result).toBe(
      mine.text,
    )
  }
  for (const pair of texts)
    for (const { wire } of pair) expect(wire.frames.filter(({ type }) => type === 'core.error')).toEqual([])
})
