import * as Y from 'yjs'
import { type DocumentFrame, encodeDocumentFrame, readDocumentFrame } from '../../src/protocol/documents/sync-frame.ts'
import { median } from '../median.ts'
import { pick } from './blob-frame.ts'
import type { Workerd } from './workerd.ts'

/** How long something took, in microseconds: in the room, and in an object that knows nothing of what it keeps. */
export interface Timed {
  readonly what: string
  readonly bare: number
  readonly ours: number
}

/** How many keystrokes are measured one by one. */
const keystrokes = 200

/** A document of so many letters: put there, opened after a restart, and edited, letter by letter. */
export async function* largeDocument(workerd: Workerd, letters: number, rounds: number): AsyncGenerator<Timed> {
  const source = pasted(letters)
  const whole = Y.encodeStateAsUpdate(source)
  const times = { put: [[], []], open: [[], []], type: [[], []] } as Record<string, [bare: number[], ours: number[]]>
  for (let round = 0; round < rounds; round++) {
    const name = `large-${letters}-${round}`
    const bare = await Line.open(workerd, 'bare-document', name)
    const ours = await Line.open(workerd, 'ws/yjs', name)
    times.put![0].push(
      await timed(async () => {
        bare.send(pick('put', whole))
        await bare.next()
      }),
    )
    times.put![1].push(
      await timed(async () => {
        ours.send(encodeDocumentFrame({ type: 'sync', step: 'update', payload: whole }))
        await saved(ours)
      }),
    )
    for (const [line, to] of [
      [bare, 0],
      [ours, 1],
    ] as const) {
      await line.close()
      await workerd.restart(to === 0 ? 'BARE_DOCUMENTS' : 'DOCS', name)
    }
    times.open![0].push(
      await timed(async () => {
        const line = await Line.open(workerd, 'bare-document', name)
        line.send(pick('open', new Uint8Array()))
        await line.next()
        await line.close()
      }),
    )
    times.open![1].push(
      await timed(async () => {
        const line = await Line.open(workerd, 'ws/yjs', name)
        line.send(encodeDocumentFrame({ type: 'sync', step: 'vector', payload: Y.encodeStateVector(new Y.Doc()) }))
        await line.until((frame) => frame.type === 'sync' && frame.step === 'state')
        await line.close()
      }),
    )
    const lines = { bare: await pair(workerd, 'bare-document', name), ours: await pair(workerd, 'ws/yjs', name) }
    const doc = new Y.Doc()
    Y.applyUpdate(doc, whole)
    let update: Uint8Array = new Uint8Array()
    doc.on('update', (each: Uint8Array) => {
      update = each
    })
    const single: [number[], number[]] = [[], []]
    for (let i = 0; i < keystrokes; i++) {
      doc.getText('content').insert((i * 7919) % letters, 'x')
      const frame = encodeDocumentFrame({ type: 'sync', step: 'update', payload: update })
      single[0].push(
        await timed(async () => {
          lines.bare.writer.send(frame)
          await lines.bare.reader.next()
        }),
      )
      single[1].push(
        await timed(async () => {
          lines.ours.writer.send(frame)
          await lines.ours.reader.until(({ type }) => type === 'sync')
        }),
      )
    }
    for (const side of [0, 1] as const) times.type![side].push(median(single[side]))
    for (const { writer, reader } of Object.values(lines)) await Promise.all([writer.close(), reader.close()])
  }
  for (const [key, what] of [
    ['put', 'put there, until it is stored'],
    ['open', 'opened after a restart'],
    ['type', 'a keystroke, until another has it'],
  ] as const) {
    yield { what, bare: median(times[key]![0]), ours: median(times[key]![1]) }
  }
}

/** What is stored of so many keystrokes that come as fast as they can. */
export async function typed(workerd: Workerd, count: number): Promise<{ came: number; rows: number; bytes: number }> {
  const name = `typed-${count}`
  const line = await Line.open(workerd, 'ws/yjs', name)
  const doc = new Y.Doc()
  let came = 0
  doc.on('update', (update: Uint8Array) => {
    came += update.length
    line.send(encodeDocumentFrame({ type: 'sync', step: 'update', payload: update }))
  })
  for (let i = 0; i < count; i++) doc.getText('content').insert(i, 'x')
  await saved(line)
  await line.close()
  const response = await fetch(`http://127.0.0.1:${workerd.port}/written/${name}`)
  return { came, ...((await response.json()) as { rows: number; bytes: number }) }
}

/** How long it takes to open a document that was typed letter by letter, at the worst moment, and one with the same text pasted. */
export async function opened(
  { port }: Workerd,
  letters: number,
  rounds: number,
): Promise<{ typed: number; pasted: number; worstAt: number; entries: number }> {
  const call = async <T>(method: string, ...args: unknown[]): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}/typed/typist`, {
      method: 'POST',
      body: JSON.stringify({ method, args }),
    })
    return (await response.json()) as T
  }
  // Of as many the last as bring at least one of every kind of write.
  const worst = await call<{ worstAt: number; entries: number }>(
    'type',
    'sought',
    letters,
    Math.min(letters / 2, 3_000),
  )
  await call('type', 'typed', worst.worstAt, 0)
  await call('paste', 'pasted', worst.worstAt)
  const times = { typed: [], pasted: [] } as Record<'typed' | 'pasted', number[]>
  for (let round = 0; round < rounds; round++) {
    for (const name of ['typed', 'pasted'] as const) {
      times[name].push((await timed(() => call('open', name, openedAtOnce))) / openedAtOnce)
    }
  }
  return { typed: median(times.typed), pasted: median(times.pasted), ...worst }
}

/** So often that what the call itself takes is nothing beside it. */
const openedAtOnce = 500

/** How much memory a struct of a document takes: letters that were inserted here and there. In Node. */
export function memoryOfStruct(structs: number): number {
  globalThis.gc!()
  const before = process.memoryUsage().heapUsed
  const doc = new Y.Doc()
  const text = doc.getText('content')
  doc.transact(() => {
    for (let i = 0; i < structs; i++) text.insert((i * 7919) % (text.length + 1), 'x')
  })
  globalThis.gc!()
  const count = [...doc.store.clients.values()].reduce((sum, list) => sum + list.length, 0)
  return (process.memoryUsage().heapUsed - before) / count
}

function pasted(letters: number): Y.Doc {
  const doc = new Y.Doc()
  doc.getText('content').insert(0, 'lorem ipsum dolor sit amet '.repeat(Math.ceil(letters / 27)).slice(0, letters))
  return doc
}

async function saved(line: Line): Promise<void> {
  line.send(encodeDocumentFrame({ type: 'saved', counter: 1 }))
  await line.until(({ type }) => type === 'saved')
}

async function pair(workerd: Workerd, path: string, name: string): Promise<{ writer: Line; reader: Line }> {
  const [writer, reader] = [await Line.open(workerd, path, name), await Line.open(workerd, path, name)]
  // What a connection is greeted with is behind it.
  if (path === 'ws/yjs') await Promise.all([saved(writer), saved(reader)])
  return { writer, reader }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) * 1000
}

/** One connection, which gives its binary frames one after the other. */
class Line {
  readonly #socket: WebSocket
  readonly #frames: ArrayBuffer[] = []
  #arrived = Promise.withResolvers<void>()

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') return
      this.#frames.push(data as ArrayBuffer)
      this.#arrived.resolve()
      this.#arrived = Promise.withResolvers()
    })
  }

  static async open({ port }: Workerd, path: string, name: string): Promise<Line> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${path}/${name}?v=1&user=ada`)
    const line = new Line(socket)
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', () => reject(new Error('refused')))
    })
    return line
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>)
  }

  async next(): Promise<Uint8Array> {
    while (this.#frames.length === 0) await this.#arrived.promise
    return new Uint8Array(this.#frames.shift()!)
  }

  async until(wanted: (frame: DocumentFrame) => boolean): Promise<void> {
    while (!wanted(readDocumentFrame(await this.next()))) {}
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.addEventListener('close', resolve))
    this.#socket.close()
    await closed
  }
}
