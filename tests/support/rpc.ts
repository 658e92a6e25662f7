/** Calls a method of a test room from inside its worker, as an app would. Gives the result or the message of the error. */
export async function callRoom(
  base: string,
  room: string,
  method: string,
  args: readonly unknown[],
): Promise<{ result?: unknown; error?: string }> {
  const body = JSON.stringify({ room, method, args })
  const response = await fetch(new URL('/rpc', base), { method: 'POST', body })
  return (await response.json()) as { result?: unknown; error?: string }
}
