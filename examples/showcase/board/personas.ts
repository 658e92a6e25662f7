import { demoUsers, findDemoUser, type Persona } from '../demo-users.ts'

/** Whom a pane can look through. */
export const personas: readonly Persona[] = [...demoUsers.map((user) => user.id), 'viewer']

export function personaName(persona: Persona): string {
  return findDemoUser(persona)?.name ?? 'Viewer'
}

/** The one that is asked for, as far as there is one like that. */
export function findPersona(...asked: (string | null)[]): Persona {
  for (const name of asked) {
    const found = personas.find((persona) => persona === name)
    if (found) return found
  }
  return 'viewer'
}
