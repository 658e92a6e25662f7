/** The people of the demo. Ada is an admin of the room, the others begin as members; Dan is new, and has no tasks yet. */
export const demoUsers = [
  { id: 'ada', name: 'Ada', email: 'ada@example.com' },
  { id: 'ben', name: 'Ben', email: 'ben@example.com' },
  { id: 'chloe', name: 'Chloe', email: 'chloe@example.com' },
  { id: 'dan', name: 'Dan', email: 'dan@example.com' },
] as const

export type DemoUser = (typeof demoUsers)[number]

/** Whom a pane looks through: one of the people, or an anonymous visitor. */
export type Persona = DemoUser['id'] | 'viewer'

export function findDemoUser(id: string | null): DemoUser | undefined {
  return demoUsers.find((user) => user.id === id)
}
