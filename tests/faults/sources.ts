import { registerHooks } from 'node:module'
import tsconfig from '../../tsconfig.json' with { type: 'json' }

// Outside vitest too the package is its sources: the same paths as for TypeScript, never what was last built.
const root = new URL('../../', import.meta.url)
const paths = new Map(Object.entries(tsconfig.compilerOptions.paths).map(([name, [path]]) => [name, path!]))

registerHooks({
  resolve(specifier, context, next) {
    const path = paths.get(specifier)
    return path === undefined ? next(specifier, context) : next(new URL(path, root).href, context)
  },
})
