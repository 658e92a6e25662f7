import { setTimeout as later } from 'node:timers/promises'
import type { RecordData } from 'deepspace-solid/schema'
import fc from 'fast-check'
import { anyQuestion, type Question } from '../support/live-questions.ts'
import { writeBatch } from './batches.ts'
import type { Dice } from './dice.ts'
import type { Outcome } from './ledger.ts'
import type { Person } from './person.ts'
import { longestLimit } from './scene.ts'
import { drawData, type Script, set } from './script.ts'

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
    dismiss: isRoot ? 0.4 : 0,
    visit: 1,
    leave: 1,
    // Root stays: memberships and roles are set by somebody who is there.
    turn: isRoot ? 0 : 0.5,
  }
  const question = anyQuestion(script.kinds, fc.constantFrom(...script.ids), longestLimit)
  const { events } = script
  /** Memberships and roles are set one after the other, so that it is known which was the last. */
  let settings = Promise.resolve()
  while (!over.aborted) {
    await later(dice.wait(50))
    if (person.connection.status === 'refused' && dice.chance(0.2)) person.connection.reconnect()
    if (person.isAway) {
      // For less and for more than what is kept of a page that was left.
      if (dice.chance(0.4)) person.comeBack()
      continue
    }
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
        const at = dice.below(person.lists)
        events.note(`${person.name} asks ${at}: ${JSON.stringify(asked)}`)
        person.ask(at, asked)
        break
      }
      case 'more': {
        const at = dice.below(person.lists)
        if (person.more(at)) events.note(`${person.name} wants more of ${at} (${person.queries[at]!.query.status})`)
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
        // Now and then while the frames of a commit are on their way.
        const own = dice.chance(0.4) ? dice.fork() : undefined
        settings = settings.then(() => {
          if (own) void writeBatch(script, own, person.seen).catch(() => {})
          return set(script, `role of ${user}`, role, () => person.setRole(user, role))
        })
        break
      }
      case 'dismiss': {
        const user = dice.pick(['alice', 'bob', 'carol'])
        const own = dice.fork()
        settings = settings.then(() => dismiss(person, user, own, script))
        break
      }
      case 'visit': {
        const isList = dice.chance(0.6)
        const asked = isList ? drawVisit(person, dice, question) : undefined
        const recordIds = Array.from({ length: 1 + dice.below(30) }, () =>
          dice.pick(dice.chance(0.8) ? script.ids : [...script.ids, ...script.moreIds]),
        )
        events.note(`${person.name} opens ${asked ? JSON.stringify(asked) : recordIds}`)
        events.count('visits')
        person.visit(asked ? { question: asked } : { recordIds })
        break
      }
      case 'leave': {
        const count = person.visits.length
        if (count > 0) person.endVisit(person.visits[dice.below(count)]!)
        break
      }
      case 'turn':
        events.note(`${person.name} turns the page`)
        events.count('pages turned')
        person.turn()
        break
    }
  }
  person.comeBack()
  await settings
}

/** What a part of the page asks: often what another one has asked, or asked a moment ago. */
function drawVisit(person: Person, dice: Dice, question: fc.Arbitrary<Question>): Question {
  const { asked } = person
  return asked.length > 0 && dice.chance(0.6) ? dice.pick(asked) : dice.draw(question)
}

/** Somebody is removed in the same turn in which something is written for them. */
function dismiss(root: Person, user: string, dice: Dice, script: Script): Promise<void> {
  script.dismissed.add(user)
  script.events.count('dismissals')
  return set(script, `role of ${user}`, 'none', () => writeBatch(script, dice, root.seen, user))
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
