import { setTimeout as later } from 'node:timers/promises'
import type { RecordData } from 'deepspace-solid/schema'
import fc from 'fast-check'
import { anyAccess, anyQuestion, type Question } from '../support/live-questions.ts'
import { anyData, few, type Kinds } from '../support/questions.ts'
import type { Dice } from './dice.ts'
import type { Events } from './events.ts'
import type { Ledger, Outcome } from './ledger.ts'
import { outcomeOf } from './ledger.ts'
import type { Person } from './person.ts'

/** Who can be signed in. */
export const users = ['root', 'alice', 'bob', 'carol'] as const

/** What there is to do in a room. */
export interface Script {
  readonly ledger: Ledger
  readonly events: Events
  readonly ids: readonly string[]
  /** The fields beside the stamp. */
  readonly kinds: Kinds
  /** A field for long texts, and how long they are at most. */
  readonly ballast: { readonly field: string; readonly length: number } | undefined
  /** What may have become of memberships and roles: the last that was acknowledged, and all of which nobody knows. */
  readonly settings: Map<string, Setting>
}

/** One thing that is set again and again by one person, one after the other. */
export interface Setting {
  sure: string
  readonly possible: Set<string>
}

/** How many records a query shows at most before it loads more. */
export const longestLimit = 6

/** What one person does, at random, until it is over. */
export async function act(person: Person, dice: Dice, script: Script, over: AbortSignal): Promise<void> {
  const isRoot = person.name === 'root'
  const isVisitor = person.name === 'visitor'
  const weights = {
    put: isVisitor ? 2 : 14,
    remove: isVisitor ? 1 : 3,
    ask: 1.5,
    more: 2,
    reconnect: 0.3,
    goAway: 0.3,
    become: person.name === 'desk' ? 1 : 0,
    join: isRoot ? 2 : 0,
    role: isRoot ? 1 : 0,
  }
  const question = anyQuestion(script.kinds, fc.constantFrom(...script.ids), longestLimit)
  const { events } = script
  /** Memberships and roles are set one after the other, so that it is known which was the last. */
  let settings = Promise.resolve()
  while (!over.aborted) {
    await later(dice.wait(50))
    if (person.connection.status === 'refused' && dice.chance(0.2)) person.connection.reconnect()
    const deed = dice.weighted(weights)
    // Most people see that they are offline.
    if ((deed === 'put' || deed === 'remove') && !person.things.ready && dice.chance(0.9)) continue
    events.count('deeds')
    switch (deed) {
      case 'put':
        void put(person, dice, script)
        break
      case 'remove':
        void remove(person, dice, script)
        break
      case 'ask': {
        const asked: Question = dice.draw(question)
        const at = dice.below(person.queries.length)
        events.note(`${person.name} asks ${at}: ${JSON.stringify(asked)}`)
        person.ask(at, asked)
        break
      }
      case 'more': {
        const at = dice.below(person.queries.length)
        if (person.more(at)) events.note(`${person.name} wants more of ${at}`)
        break
      }
      case 'reconnect':
        events.note(`${person.name} reconnects`)
        person.connection.reconnect()
        break
      case 'goAway':
        events.note(`${person.name} goes away`)
        person.connection.disconnect()
        void later(dice.wait(200)).then(() => person.connection.reconnect())
        break
      case 'become': {
        const user = dice.pick(['alice', 'bob', undefined])
        events.note(`${person.name} becomes ${user}`)
        person.become(user)
        break
      }
      case 'join': {
        const user = dice.pick(['alice', 'carol'])
        const status = dice.pick(['active', 'active', 'paused', 'none'])
        settings = settings.then(() => join(person, user, status, script))
        break
      }
      case 'role': {
        const user = dice.pick(['alice', 'bob', 'carol'])
        const role = dice.pick(['member', 'member', 'viewer', 'admin'])
        settings = settings.then(() => set(script, `role of ${user}`, role, () => person.setRole(user, role)))
        break
      }
    }
  }
  await settings
}

/** Data of a thing: its fields, and what decides who may read it. */
export function drawData(dice: Dice, { kinds, ballast }: Script): Record<string, unknown> {
  const [fields, rest] = dice.draw(fc.tuple(anyData(kinds, few), anyAccess(users)))
  return { ...fields, ...rest, ...(ballast && { [ballast.field]: 'x'.repeat(dice.below(ballast.length)) }) }
}

/** Mostly a record that the person sees; any other is a new one, or is none of their business. */
function aim({ seen }: Person, dice: Dice, { ids }: Script): string {
  return seen.length > 0 && dice.chance(0.7) ? dice.pick(seen) : dice.pick(ids)
}

async function put(person: Person, dice: Dice, script: Script): Promise<void> {
  const { ledger, events } = script
  const recordId = aim(person, dice, script)
  const data = drawData(dice, script)
  const [write] = ledger.begin(person.name, { type: 'put', recordId })
  events.note(`${person.name} puts ${recordId} ${write!.stamp}`)
  const refusal = await ledger.follow(
    [write!],
    person.things.putConfirmed(recordId, { ...data, f0: write!.stamp } as never),
  )
  tell(script, person, `${recordId} ${write!.stamp}`, write!.outcome, refusal)
}

async function remove(person: Person, dice: Dice, script: Script): Promise<void> {
  const { ledger, events } = script
  const recordId = aim(person, dice, script)
  const [write] = ledger.begin(person.name, { type: 'remove', recordId })
  events.note(`${person.name} removes ${recordId}`)
  const refusal = await ledger.follow([write!], person.things.removeConfirmed(recordId))
  tell(script, person, `${recordId} removal`, write!.outcome, refusal)
}

function tell({ events }: Script, person: Person, what: string, outcome: Outcome, refusal?: Error): void {
  events.count('writes')
  events.count(`writes ${outcome}`)
  events.note(`${person.name}: ${what} ${outcome}${outcome === 'refused' ? ` (${refusal?.message})` : ''}`)
  if (refusal && 'code' in refusal && refusal.code === 'internal') events.blame(`${what}: ${refusal.message}`)
}

function join(root: Person, user: string, status: string, script: Script): Promise<void> {
  return set(script, `membership of ${user}`, status, () =>
    status === 'none'
      ? root.members.removeConfirmed(user)
      : root.members.putConfirmed(user, { teamId: 't', userId: user, status } as RecordData as never),
  )
}

/** Sets something, and notes what may have become of it. Never rejects. */
export async function set(
  { settings, events }: Script,
  name: string,
  value: string,
  run: () => Promise<unknown>,
): Promise<void> {
  events.note(`the ${name} is set to ${value}`)
  const setting = settings.get(name) ?? { sure: 'none', possible: new Set() }
  settings.set(name, setting)
  const outcome: Outcome = await run().then(
    () => 'acknowledged',
    (error) => outcomeOf(error),
  )
  events.note(`the ${name}: ${value} ${outcome}`)
  events.count('settings')
  if (outcome === 'acknowledged') setting.sure = value
  if (outcome === 'unknown') setting.possible.add(value)
}
