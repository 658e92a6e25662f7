import type { FieldKind, Level } from 'deepspace-solid/schema'
import { levels } from '../support/collections.ts'
import { type Declaration, type Default, declaredBy, type FieldPlan } from './declaration.ts'
import type { Dice } from './dice.ts'

const kinds: readonly FieldKind[] = ['text', 'number', 'boolean', 'json']
const whats: readonly Default[] = ['nothing', 'nothing', 'null', 'value', 'value', 'made']

/** How a declaration changes, and how often. */
const weights = {
  add: 4,
  drop: 2,
  again: 3,
  spell: 2,
  kind: 3,
  default: 2,
  owner: 1.5,
  level: 2,
  index: 1.5,
  unique: 1,
  wide: 0.4,
}

/** A few fields more than a table has columns for, together with those of another wide declaration. */
const wide = 60

/** Another declaration that comes next, different in one to four places. `past` are the fields that once were. */
export function redeclared(dice: Dice, before: Declaration, past: readonly FieldPlan[]): Declaration {
  let after = before
  for (let left = 1 + dice.below(4); left > 0; left--) {
    const next = pruned(changed(dice, after, past))
    // Levels and lists that do not go with the fields are refused where they are declared; that is another test's affair.
    try {
      declaredBy(next)
      after = next
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
    }
  }
  return after
}

function changed(dice: Dice, before: Declaration, past: readonly FieldPlan[]): Declaration {
  const { fields } = before
  const names = new Set(fields.map(({ name }) => name.toLowerCase()))
  const put = (field: FieldPlan): Declaration => {
    const name = field.name.toLowerCase()
    return { ...before, fields: [...fields.filter((each) => each.name.toLowerCase() !== name), field] }
  }
  const draw = (name: string): FieldPlan => ({ name, kind: dice.pick(kinds), default: dice.pick(whats) })
  const some = (): readonly string[] => {
    const orderable = ['f0', 'visibility', ...fields.filter(({ kind }) => kind !== 'json').map(({ name }) => name)]
    return [...new Set([dice.pick(orderable), dice.pick(orderable)])]
  }
  const one = fields.length > 0 ? dice.pick(fields) : undefined
  const deed = dice.weighted(weights)
  switch (deed) {
    case 'add':
      return put(draw(`field${dice.below(8)}`))
    case 'drop':
      return one ? { ...before, fields: fields.filter((each) => each !== one) } : before
    case 'again': {
      const gone = past.filter(({ name }) => !names.has(name.toLowerCase()))
      if (gone.length === 0) return before
      const field = dice.pick(gone)
      return put({ ...field, name: spelled(dice, field.name), default: dice.pick(whats) })
    }
    case 'spell':
      return one ? put({ ...one, name: spelled(dice, one.name) }) : before
    case 'kind':
      return one ? put({ ...one, kind: dice.pick([...kinds, 'json']) }) : before
    case 'default':
      return one ? put({ ...one, default: dice.pick(whats) }) : before
    case 'owner':
      return { ...before, owner: dice.pick(['none', 'free', 'bound']) }
    case 'level':
      return { ...before, [dice.pick(['member', 'viewer'])]: dice.pick<Level>(levels) }
    case 'index':
      return { ...before, indexes: dice.chance(0.3) ? [] : [...before.indexes, some()] }
    case 'unique':
      return { ...before, unique: dice.chance(0.3) ? [] : [some()] }
    case 'wide': {
      const letter = dice.pick(['v', 'w'])
      const many = Array.from({ length: wide }, (_, index) => draw(`${letter}${index}`))
      return { ...before, fields: [...fields.filter(({ name }) => !/^[vw]\d/.test(name)), ...many] }
    }
  }
}

/** A name that is the same but for its case. */
function spelled(dice: Dice, name: string): string {
  return dice.pick([name.toLowerCase(), name.toUpperCase(), `${name[0]!.toUpperCase()}${name.slice(1).toLowerCase()}`])
}

/** A declaration without the lists that name what is not there, or cannot be ordered. */
function pruned(declaration: Declaration): Declaration {
  const spellings = new Map(
    ['f0', 'visibility', ...declaration.fields.filter(({ kind }) => kind !== 'json').map(({ name }) => name)].map(
      (name) => [name.toLowerCase(), name],
    ),
  )
  const known = (lists: readonly (readonly string[])[]) =>
    lists.flatMap((list) => {
      const now = list.map((name) => spellings.get(name.toLowerCase())).filter((name) => name !== undefined)
      return now.length === list.length ? [now] : []
    })
  return { ...declaration, indexes: known(declaration.indexes), unique: known(declaration.unique) }
}
