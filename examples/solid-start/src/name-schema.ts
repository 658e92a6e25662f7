import * as v from 'valibot'

/** A name is an id here, so it is none of those that a room keeps for itself. */
export const nameSchema = v.pipe(
  v.string('Enter a name'),
  v.trim(),
  v.normalize('NFKC'),
  v.nonEmpty('Enter a name'),
  v.maxLength(40, 'At most 40 characters'),
  v.regex(/^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N} .'’-]*$/u, "Letters, digits, spaces, and . ' - between them"),
  v.check((name) => !/^(system$|anon-)/i.test(name), 'This name is taken'),
)
