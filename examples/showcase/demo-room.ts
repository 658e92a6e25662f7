/** A visitor's room, as it is named in the address: `demo:` and what nobody can guess. Whoever knows it may be anyone in it. */
export type DemoRoom = `demo:${string}`

export function newDemoRoom(): DemoRoom {
  return `demo:${crypto.randomUUID()}`
}

/** Whether this could be a visitor's room; whether it is one, the doorkeeper knows. */
export function isDemoRoom(id: unknown): id is DemoRoom {
  return typeof id === 'string' && /^demo:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
}
