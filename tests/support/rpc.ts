/** Stands for `undefined` on the way to the worker, since JSON has none. */
export const undefinedMark = '\u0000undefined'

/** The one key of what stands for bytes on the way to the worker. */
export const bytesMark = '\u0000bytes'

/** Calls a method of a test room from inside its worker, as an app would. Gives the result, or the error as it came. */
export async function callRoom(base: string, room: string, method: string, args: readonly unknown[]): Promise<Outcome> {
  const body = JSON.stringify({ room, method, args }, (_, value) => {
    if (value instanceof Uint8Array) return { [bytesMark]: [...value] }
    return value === undefined ? undefinedMark : value
  })
  const response = await fetch(new URL('/rpc', base), { method: 'POST', body })
  return (await response.json()) as Outcome
}

interface Outcome {
  readonly result?: unknown
  readonly error?: string
  /** What the error says beside its message. */
  readonly details?: object
}
