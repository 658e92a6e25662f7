import { typeName } from '../../src/protocol/errors.ts'

/** Whether a value is a Durable Object namespace, as a binding is one. */
export function isNamespace(value: unknown): value is DurableObjectNamespace {
  return typeof (value as Partial<DurableObjectNamespace> | undefined)?.idFromName === 'function'
}

/** How messages say that a value is none, and where to look. */
export function notNamespace(value: unknown): string {
  const where = 'is there a [[durable_objects.bindings]] of this name in wrangler.toml?'
  return `expected a Durable Object namespace, received ${typeName(value)}: ${where}`
}

/**
 * Calls an object of a namespace. Where it ended under the call, by a crash or a deploy, the call is made once more, of its
 * successor: only for what may be done twice.
 */
export async function reach<Stub, T>(
  rooms: DurableObjectNamespace,
  id: string,
  call: (stub: Stub) => Promise<T> | T,
): Promise<T> {
  return calledAgain(async () => await call(rooms.get(rooms.idFromName(id)) as unknown as Stub))
}

/** Makes a call as {@link reach} does; each attempt with a stub of its own, since under one whose object has ended nothing is reached. */
export function calledAgain<T>(attempt: () => Promise<T>): Promise<T> {
  return attempt().catch((error) => {
    if (!wasReset(error)) throw error
    return attempt()
  })
}

/**
 * Whether the object ended under a call, by a crash or a deploy, and without a word of its own: the next one may be well. If
 * it is not, its constructor throws, of which only the platform knows.
 */
export function wasReset(error: unknown): boolean {
  const { durableObjectReset, code } = error as { readonly durableObjectReset?: boolean; readonly code?: unknown }
  return durableObjectReset === true && code !== 'room-failed'
}
