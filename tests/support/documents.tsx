import { createYjsDoc, type RoomId, type YjsDoc, type YjsDocOptions, type YjsText } from 'deepspace-solid'
import type { Accessor } from 'solid-js'
import { base, type Looker, type ProvidedPage, showTo, until } from './room.tsx'
import { callRoom } from './rpc.ts'
import { socketsTo } from './sockets.ts'

/** What a test wants of a page with documents. */
export interface Look extends Looker {
  /** Of each document. */
  readonly options?: YjsDocOptions
}

/** A page with documents, each as one component has it, and what its provider was told. */
export interface DocPage extends ProvidedPage {
  readonly docs: readonly YjsDoc[]
}

/** A new document. */
export function newDoc(kind = ''): string {
  return `doc:${kind}${crypto.randomUUID()}`
}

/** Renders a page with a component for each document that is named. */
export function look(ids: readonly (RoomId | Accessor<RoomId>)[], { options, ...looker }: Look = {}): DocPage {
  const docs: YjsDoc[] = []
  const Doc = (props: { id: RoomId | Accessor<RoomId> }) => {
    docs.push(createYjsDoc(props.id, options))
    return null
  }
  const page = showTo(looker, () => ids.map((id) => <Doc id={id} />))
  return { ...page, docs }
}

/** The same with one document, which is there when it returns. */
export async function open(id: string, user?: string, more: Look = {}): Promise<DocPage & { readonly doc: YjsDoc }> {
  const page = look([id], { user, ...more })
  const [doc] = page.docs
  await until(() => doc!.synced)
  return { ...page, doc: doc! }
}

/** What the text of a document says. */
export function textIn(doc: YjsText): string | undefined {
  return doc.text?.toString()
}

/** What the room itself says the text is. */
export async function storedText(id: string): Promise<unknown> {
  return (await callRoom(base, id, 'getText', ['system'])).result
}

/** Cuts every line to a room. Nobody is connected when this returns. */
export async function cutLines(id: string): Promise<void> {
  const sockets = socketsTo(id).map(({ socket }) => socket)
  await Promise.all(
    sockets
      .filter(({ readyState }) => readyState !== WebSocket.CLOSED)
      .map((socket) => {
        const closed = new Promise((resolve) => socket.addEventListener('close', resolve, { once: true }))
        WebSocket.prototype.close.call(socket)
        return closed
      }),
  )
}

/** Tells clients that the network is back, until all of these are connected. */
export async function isBack(...docs: readonly { readonly status: string }[]): Promise<void> {
  await until(() => {
    if (docs.every(({ status }) => status === 'connected')) return true
    window.dispatchEvent(new Event('online'))
    return false
  })
}
