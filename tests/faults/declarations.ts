import { setTimeout as later } from 'node:timers/promises'
import type { Collection, RecordData } from 'deepspace-solid/schema'
import fc from 'fast-check'
import { anyAccess, anyQuestion, type Question } from '../support/live-questions.ts'
import { anyData, few, type Kinds } from '../support/questions.ts'
import { judgeFresh, judgePage, judgeReader, sightOf } from './answers.ts'
import { type Declaration, declaredBy, type FieldPlan, firstDeclaration } from './declaration.ts'
import type { Dice } from './dice.ts'
import type { Events } from './events.ts'
import { Kept, type SentWrite } from './kept.ts'
import { Ledger } from './ledger.ts'
import { Line } from './line.ts'
import type { RoomState } from './orders.ts'
import { Person } from './person.ts'
import { Reader } from './reader.ts'
import { redeclared } from './redeclare.ts'
import { users } from './script.ts'
import { settle } from './settle.ts'
import { Sightings } from './sightings.ts'
import { makeTokens, type Tokens } from './tokens.ts'
import type { Workerd } from './workerd.ts'

const pages = [
  { name: 'root', user: 'root' },
  { name: 'alice', user: 'alice' },
  { name: 'bob', user: 'bob' },
  { name: 'visitor', user: undefined },
] as const

const ids = Array.from({ length: 12 }, (_, index) => `r${index}`)

/** The fields that every declaration has, and that pages may ask about for as long as they like. */
const lasting: Kinds = { f0: 'text', visibility: 'text', team: 'text' }

/** A page that was opened under one declaration, and what it asks. */
interface Newcomer {
  readonly person: Person
  readonly declaration: Declaration
  readonly questions: readonly Question[]
}

/**
 * One room that starts again and again, each time with another declaration, for so many milliseconds: what was kept is
 * what each declaration promises, and everybody who was there before, or was away, or comes now, sees it.
 */
export async function runDeclarations(
  worker: Workerd,
  name: string,
  lasts: number,
  dice: Dice,
  events: Events,
): Promise<void> {
  const end = performance.now() + lasts
  const scene = new Scene(worker, `declared:${name}`, events, await makeTokens(users, false))
  try {
    await scene.begin(dice)
    while (performance.now() < end && events.violations.length === 0) {
      await scene.write(dice)
      await scene.startAnew(dice)
      await scene.judge()
      events.count('declarations')
    }
  } finally {
    scene.leave()
  }
}

class Scene {
  readonly #worker: Workerd
  readonly #room: string
  readonly #events: Events
  readonly #tokens: Tokens
  readonly #lines: Line[] = []
  readonly #crowd: Person[] = []
  readonly #olds: Reader[] = []
  readonly #kept = new Kept()
  readonly #sightings = new Sightings()
  readonly #past = new Map<string, FieldPlan>()
  #newcomers: Newcomer[] = []
  #declaration = firstDeclaration
  #writes = 0

  constructor(worker: Workerd, room: string, events: Events, tokens: Tokens) {
    this.#worker = worker
    this.#room = room
    this.#events = events
    this.#tokens = tokens
  }

  async begin(dice: Dice): Promise<void> {
    const room = this.#room
    this.#events.note(`the room ${room}`)
    await this.#declare(firstDeclaration)
    this.#kept.start(firstDeclaration)
    const data = { teamId: 't', userId: 'alice', status: 'active' }
    const operation = { type: 'put', collection: 'team_members', recordId: 'alice', data } as const
    await this.#worker.order({ type: 'write', room, operation, by: 'system' })
    for (const { name, user } of pages) {
      const { person } = await this.#open(dice, name, user, lasting)
      this.#crowd.push(person)
    }
    for (const [name, user] of [['carol’s old app', 'carol'] as const, ['old visitor', undefined] as const]) {
      const port = await this.#line(dice, name)
      this.#olds.push(new Reader(name, user, this.#tokens, room, port, this.#sightings))
    }
  }

  /** Some writes, while some people are away. */
  async write(dice: Dice): Promise<void> {
    for (const { connection } of this.#people) {
      if (dice.chance(0.4)) connection.disconnect()
      else if (connection.status === 'disconnected') connection.reconnect()
    }
    for (let left = 2 + dice.below(12); left > 0; left--) await this.#writeOne(dice)
    // What the room has made by itself is to be known before anything is said of its kind.
    for (const violation of this.#kept.judge((await this.#state()).things)) this.#events.blame(violation)
  }

  /** Starts the room with another declaration; with the former one, where the records do not go with it. */
  async startAnew(dice: Dice): Promise<void> {
    const before = this.#declaration
    const next = redeclared(dice, before, [...this.#past.values()])
    for (const field of before.fields) this.#past.set(field.name.toLowerCase(), field)
    this.#newcomers = this.#newcomers.filter((newcomer) => {
      const stays = newcomer.questions.every((question) => isAbout(question, newcomer.declaration, next))
      if (!stays) newcomer.person.leave()
      return stays
    })
    const conflict = this.#kept.conflictWith(next)
    this.#events.note(
      `the room declares ${JSON.stringify(next)}${conflict === undefined ? '' : `, against ${conflict}`}`,
    )
    await this.#restart(dice, next)
    if (conflict !== undefined) {
      this.#events.count('declarations that do not fit')
      const refusal = await this.#worker.order({ type: 'state', room: this.#room }).then(
        () => 'it starts',
        (error: Error) => error.message,
      )
      if (!refusal.includes(`field "${conflict}": it was`)) {
        this.#events.blame(`the room is to say of ${conflict} that its values do not fit (H4): ${refusal}`)
      }
      await this.#restart(dice, before)
    } else {
      this.#declaration = next
      this.#kept.start(next)
    }
    if (dice.chance(0.7)) {
      const own = this.#declaration.fields.slice(-5).map(({ name, kind }) => [name, kind] as const)
      const kinds = { ...lasting, ...Object.fromEntries(own) }
      const user = dice.pick(['alice', 'bob', 'carol', undefined])
      this.#newcomers.push(await this.#open(dice, `newcomer ${this.#newcomers.length}`, user, kinds))
    }
  }

  async judge(): Promise<void> {
    for (const { connection } of this.#people) if (connection.status === 'disconnected') connection.reconnect()
    const missing = await settle(this.#people, this.#olds, new Ledger())
    if (missing) return this.#events.blame(missing)
    const state = await this.#state()
    const [things] = declaredBy(this.#declaration)
    const compared = () => this.#events.count('comparisons')
    const blame = (violations: Iterable<string>): void => {
      for (const violation of violations) this.#events.blame(violation)
    }
    blame(this.#kept.judge(state.things))
    for (const person of this.#people) blame(judgePage(person, sightOf(person.user, state, things!), compared))
    for (const reader of this.#olds) blame(judgeReader(reader, sightOf(reader.user, state, things!), compared))
    for (const { person } of this.#newcomers) {
      const base = `http://127.0.0.1:${this.#worker.port}`
      for await (const violation of judgeFresh(person, this.#room, base, compared)) this.#events.blame(violation)
    }
  }

  leave(): void {
    for (const each of [...this.#people, ...this.#olds]) each.leave()
    for (const line of this.#lines) line.close()
  }

  get #people(): readonly Person[] {
    return [...this.#crowd, ...this.#newcomers.map(({ person }) => person)]
  }

  async #writeOne(dice: Dice): Promise<void> {
    const room = this.#room
    const { fields, owner } = this.#declaration
    const by = dice.pick(['system', 'system', 'alice', 'bob', 'root'])
    const recordId = dice.pick(ids)
    const kinds = Object.fromEntries(fields.slice(-6).map(({ name, kind }) => [name, kind]))
    const { owner: somebody, ...access } = dice.draw(anyAccess(users)) as { owner?: string | null }
    const isNew = !this.#kept.has(recordId)
    // The room says itself whose a record is that it creates; nobody else says anything but who they are.
    const owned = owner === 'free' ? somebody : owner === 'bound' && isNew && by === 'system' ? 'carol' : undefined
    const data = {
      ...dice.draw(anyData(kinds, few)),
      ...access,
      f0: `w${++this.#writes}`,
      ...(owned !== undefined && { owner: owned }),
    } as RecordData
    const type = dice.chance(0.15) ? 'remove' : 'put'
    const sent: SentWrite = { type, recordId, data, by }
    const expected = await this.#expected(sent)
    const place = { collection: 'things', recordId }
    const operation = type === 'put' ? ({ type, ...place, data } as const) : ({ type, ...place } as const)
    const found = await this.#worker.order({ type: 'write', room, operation, by }).then(
      () => 'stored',
      (error: Error) => error.message,
    )
    this.#events.count('writes')
    this.#events.note(`${by} ${type}s ${recordId} ${JSON.stringify(data)}: ${found}`)
    if (!found.startsWith(expected)) {
      this.#events.blame(`${by} ${type}s ${recordId} ${JSON.stringify(data)}: ${found}, expected ${expected}`)
    }
    if (found === 'stored') this.#kept.write(sent)
  }

  /** How a write is to be answered; the answer begins with that. */
  async #expected(sent: SentWrite): Promise<string> {
    const { type, recordId, by } = sent
    const isThere = this.#kept.has(recordId)
    if (isThere && by !== 'system') {
      const state = await this.#state()
      const { records } = sightOf(by, state, declaredBy(this.#declaration)[0]!)
      if (!records.some((record) => record.recordId === recordId)) return 'Record not found'
    }
    if (type === 'remove') return isThere ? 'stored' : 'Record not found'
    return this.#kept.isDuplicate(sent) ? 'Duplicate: ' : 'stored'
  }

  #state(): Promise<RoomState> {
    return this.#worker.order({ type: 'state', room: this.#room })
  }

  async #declare(declaration: Declaration): Promise<void> {
    await this.#worker.order({ type: 'declare', room: this.#room, declaration })
  }

  /** Ends the room, as a deploy, an error or a machine may, and has it declare this from then on. */
  async #restart(dice: Dice, declaration: Declaration): Promise<void> {
    const room = this.#room
    switch (dice.pick(['close', 'crash', 'kill'])) {
      case 'close': {
        await this.#declare(declaration)
        const isAwake = await this.#worker.order({ type: 'sleep', room, closes: true }).then(
          () => true,
          () => false,
        )
        if (isAwake) return
        break
      }
      case 'crash':
        await this.#declare(declaration)
        return this.#worker.order<void>({ type: 'crash', room }).catch(() => {})
      case 'kill':
        break
    }
    await this.#worker.kill()
    await later(dice.wait(20))
    await this.#worker.start()
    await this.#declare(declaration)
  }

  async #open(dice: Dice, name: string, user: string | undefined, kinds: Kinds): Promise<Newcomer> {
    const declaration = this.#declaration
    const collections: readonly Collection[] = declaredBy(declaration)
    const questions = Array.from({ length: 3 }, () => dice.draw(anyQuestion(kinds, fc.constantFrom(...ids), 6)))
    const person = new Person({
      name,
      room: this.#room,
      collections,
      user,
      tokens: this.#tokens,
      isAsync: dice.chance(0.5),
      keepFor: undefined,
      port: await this.#line(dice, name),
      questions: [{ orderDir: 'asc' }, ...questions],
      favourite: dice.pick(ids),
      dismissed: new Set(),
      sightings: this.#sightings,
      events: this.#events,
    })
    return { person, declaration, questions }
  }

  /** A port that stays while the worker moves from one to another. */
  async #line(dice: Dice, name: string): Promise<number> {
    const events = this.#events
    const line = await Line.open({
      name,
      dice: dice.fork(),
      events,
      target: () => this.#worker.port,
      heavy: false,
      isLegible: false,
    })
    line.calm(false)
    this.#lines.push(line)
    return line.port
  }
}

/** Whether a question of one declaration means the same under another. */
function isAbout(question: Question, before: Declaration, after: Declaration): boolean {
  const text = JSON.stringify(question)
  return before.fields
    .filter(({ name }) => text.includes(JSON.stringify(name)))
    .every(({ name, kind }) => after.fields.some((field) => field.name === name && field.kind === kind))
}
