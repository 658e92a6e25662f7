import { createRandom } from '../random.ts'

const random = createRandom(1)
let written = 0

/** A write that changes a record's title; the last one of several is marked, and so is what everybody is told of it. */
export function retitle(collection: string, recordId: string, isLast: boolean): string {
  const title = `${isLast ? 'last' : 'text'}-${String(++written).padStart(7, '0')}`
  return JSON.stringify({ type: 'core.put', payload: { collection, recordId, data: { title } } })
}

/** The same, or the creation of a record, of which only the request id is marked: everybody waits for the ACK. */
export function confirmed(collection: string, recordId: string, isLast: boolean): string {
  const requestId = `${isLast ? 'last' : 'text'}-${String(++written).padStart(7, '0')}`
  const data = { title: `Title ${random().toString(36).slice(2, 12)}` }
  return JSON.stringify({ type: 'core.put', payload: { collection, recordId, data, requestId } })
}

/** A record that a room is filled with. */
export interface Creation {
  readonly type: 'put'
  readonly collection: string
  readonly recordId: string
  readonly data: object
}

/** What makes so many records. */
export function creations(collection: string, count: number, more: object = {}): Creation[] {
  return Array.from({ length: count }, (_, index) => {
    const data = { title: 'text-0000000', rank: random(), body, ...more }
    return { type: 'put', collection, recordId: recordName(index), data }
  })
}

export function recordName(index: number): string {
  return `record-${String(index).padStart(6, '0')}`
}

const body = 'lorem ipsum dolor sit amet '.repeat(3).slice(0, 65)
