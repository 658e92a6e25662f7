import { encodeFrame, openFrame } from '../../../src/protocol/frame.ts'
import { GuestRoom } from '../../../worker/room/guest-room.ts'
import type { Session } from '../../../worker/room/session.ts'

/** The barest room with something to share: one text, which writers replace. It says to each connection what it may do. */
export class SlateRoom<Env = unknown> extends GuestRoom<Env, null> {
  override readonly writers = ['member', 'admin', 'editor']
  /** How often it is still not to hear what it is told. */
  #deaf = 0

  protected override start(): void {}

  protected override keptAtFirst(): null {
    return null
  }

  protected override keptAtLeast(): null {
    return null
  }

  protected override joined(session: Session<null>): void {
    this.#greet(session)
    this.send(session, this.#slate)
  }

  protected override resumed(): void {}

  protected override left(): void {}

  protected override unread(): void {}

  protected override received(session: Session<null>, message: string | ArrayBuffer): void {
    const { type, payload } = openFrame(String(message))
    if (type === 'write' && this.mayWrite(session)) {
      this.ctx.storage.kv.put('text', String(payload.text))
      for (const each of this.sessions.values()) this.attend(each, () => this.send(each, this.#slate))
    }
    this.send(session, encodeFrame({ type: 'done', payload: {} }))
  }

  protected override roleChanged(session: Session<null>): void {
    this.#greet(session)
  }

  protected override emptied(): void {
    this.ctx.storage.kv.delete('text')
  }

  text(): string {
    return this.ctx.storage.kv.get<string>('text') ?? ''
  }

  write(text: string): void {
    this.ctx.storage.kv.put('text', text)
  }

  /** It does not hear the next calls of the record room. */
  fail(times: number): void {
    this.#deaf = times
  }

  override regrant(grants: Parameters<GuestRoom['regrant']>[0]): string[] {
    this.#hear()
    return super.regrant(grants)
  }

  override vacate(): Promise<void> {
    this.#hear()
    return super.vacate()
  }

  #hear(): void {
    if (this.#deaf-- > 0) throw new Error('not heard')
  }

  get #slate(): string {
    return encodeFrame({ type: 'slate', payload: { text: this.text() } })
  }

  #greet(session: Session<null>): void {
    this.send(session, encodeFrame({ type: 'may', payload: { role: session.role, canWrite: this.mayWrite(session) } }))
  }
}
