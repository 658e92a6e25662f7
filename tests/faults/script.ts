import type { RecordData } from 'deepspace-solid/schema'
import fc from 'fast-check'
import { anyAccess } from '../support/live-questions.ts'
import { anyData, few, type Kinds } from '../support/questions.ts'
import type { Dice } from './dice.ts'
import type { Events } from './events.ts'
import { type Ledger, type Outcome, outcomeOf } from './ledger.ts'
import type { Workerd } from './workerd.ts'

/** Who can be signed in. */
export const users = ['root', 'alice', 'bob', 'carol'] as const

/** What there is to do in a room. */
export interface Script {
  readonly worker: Workerd
  readonly room: string
  readonly ledger: Ledger
  readonly events: Events
  /** The records that everybody writes. */
  readonly ids: readonly string[]
  /** The records that only large batches write; none in a room without such. */
  readonly moreIds: readonly string[]
  /** The fields beside the stamp. */
  readonly kinds: Kinds
  /** A field for long texts, and how long they are at most: of everybody, and in a batch of a few. */
  readonly ballast: { readonly field: string; readonly length: number; readonly longest: number }
  /** What may have become of memberships and roles: the last that was acknowledged, and all of which nobody knows. */
  readonly settings: Map<string, Setting>
  /** Who was removed from the room at some time, and so may have been sent away. */
  readonly dismissed: Set<string>
}

/** One thing that is set again and again by one person, one after the other. */
export interface Setting {
  sure: string
  readonly possible: Set<string>
}

/** Data of a thing: its fields, and what decides who may read it; with a text of so many characters at most. */
export function drawData(dice: Dice, { kinds, ballast }: Script, length = ballast.length): RecordData {
  const [fields, rest] = dice.draw(fc.tuple(anyData(kinds, few), anyAccess(users)))
  const long = length > 0 && { [ballast.field]: 'x'.repeat(dice.below(length)) }
  return { ...fields, ...rest, ...long } as RecordData
}

/** All that decides who may read a thing. */
export function drawReaders(dice: Dice): RecordData {
  const nobody = { owner: null, people: [], team: null, visibility: 'private' }
  return { ...nobody, ...dice.draw(anyAccess(users)) } as RecordData
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
