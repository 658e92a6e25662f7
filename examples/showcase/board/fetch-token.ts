import type { Persona } from '../demo-users.ts'

/** What `getToken` needs: a token for who is signed in, nothing for a visitor. An app asks its own sign-in here. */
export async function fetchToken(room: string, persona: Persona): Promise<string | null> {
  if (persona === 'viewer') return null
  const response = await fetch(`/demo/token?${new URLSearchParams({ room, user: persona })}`)
  if (!response.ok) throw new Error(`no token for ${persona}: HTTP ${response.status}`)
  return response.text()
}
