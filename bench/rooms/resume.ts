import { median } from '../median.ts'
import { Connection, encodeFrames } from './connection.ts'
import { fill, join, request } from './crowd.ts'
import { open } from './schema.ts'
import type { Workerd } from './workerd.ts'
import { creations, recordName, retitle } from './write.ts'

/** What it took to have a query's result, from an open connection on. */
export interface Resume {
  /** How many records were written while the client was away; `undefined` when it had nothing yet. */
  readonly missed: number | undefined
  readonly bytes: number
  readonly micros: number
  readonly wrong: readonly string[]
}

const room = 'resume'

/** A client that comes back to a query of so many rows, after it has missed some changes. */
export async function* resumes(
  workerd: Workerd,
  { rows, rounds }: { readonly rows: number; readonly rounds: number },
): AsyncGenerator<Resume> {
  await fill(workerd, room, creations(open.name, rows))
  const writer = await join(workerd, 'writer', { room, kind: 'v1' })

  let { version } = await ask(workerd, undefined)
  for (const missed of [undefined, 0, 1, 10, 100]) {
    const answers: Answer[] = []
    for (let round = 0; round < rounds; round++) {
      const changes = Array.from({ length: missed ?? 0 }, (_, index) =>
        JSON.parse(retitle(open.name, recordName(index * 7), false)),
      )
      await request(writer, changes)
      const answer = await ask(workerd, missed === undefined ? undefined : version)
      answers.push(answer)
      version = answer.version
    }
    const expected = missed ?? rows
    const wrong = answers
      .filter(({ records }) => records !== expected)
      .map(({ records }) => `${records} records came, not ${expected}`)
    const [bytes, micros] = [median(answers.map(({ bytes }) => bytes)), median(answers.map(({ micros }) => micros))]
    yield { missed, bytes, micros, wrong }
  }
  writer.close()
}

interface Answer {
  readonly bytes: number
  readonly micros: number
  readonly records: number
  readonly version: number
}

/** Connects, asks, and leaves; the bytes are all that the room has sent, from its greeting to the end of the answer. */
async function ask({ port }: Workerd, since: number | undefined): Promise<Answer> {
  const connection = await Connection.open(port, `/ws/${room}?user=reader&v=1`, '"recordId"')
  const query = { collection: open.name, orderBy: 'rank', orderDir: 'asc' }
  const payload = { subscriptionId: 's', query, ...(since !== undefined && { since }) }
  // Only the last part of an answer says the version.
  const complete = connection.next(Buffer.from('"version":'))
  const start = performance.now()
  connection.send(encodeFrames([JSON.stringify({ type: 'core.subscribe', payload })]))
  const end = (await complete).toString()
  const micros = (performance.now() - start) * 1000
  const { bytes, counted: records } = connection
  connection.close()
  return { bytes, micros, records, version: Number(/"version":(\d+)/.exec(end)![1]) }
}
