/** A value that nobody may write to, at any depth. */
export type ReadOnly<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? number extends T['length']
        ? readonly ReadOnly<Item>[]
        : { readonly [K in keyof T]: ReadOnly<T[K]> }
      : { readonly [K in keyof T]: ReadOnly<T[K]> }
