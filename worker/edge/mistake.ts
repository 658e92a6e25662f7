/**
 * Something in how the worker is set up cannot work. The message names it and the next step; it is for whoever runs the
 * worker, never for a client.
 */
export class Mistake extends Error {
  override readonly name = 'Mistake'
}

/** Whether an error is a {@link Mistake}, also one that has crossed from a room to the edge. */
export function isMistake(error: unknown): error is Error {
  return error instanceof Error && error.name === 'Mistake'
}

/** How many different ones are told: what a client sends has a part in the text of some. */
const most = 100
const told = new Set<string>()

/** Says a mistake in the worker's log, once for as long as the worker runs, however often it is met. */
export function report(message: string): void {
  const line = message.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 500)
  if (told.has(line) || told.size >= most) return
  told.add(line)
  console.error(line)
}
