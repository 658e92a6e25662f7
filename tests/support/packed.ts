import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

/** What a fresh clone does not have. */
const notCloned = new Set(['node_modules', 'dist', '.git', '.wrangler', '.vitest', 'test-results', 'coverage'])

/** Packs the package as it would be published, from what a fresh clone has. Gives the folder of its contents. */
export async function pack(folder: string): Promise<string> {
  const clone = join(folder, 'clone')
  await mkdir(clone, { recursive: true })
  const isCloned = (path: string): boolean => !notCloned.has(basename(path))
  for (const name of (await readdir('.')).filter(isCloned)) {
    // An example may have what is not cloned too.
    await cp(name, join(clone, name), { recursive: true, filter: isCloned })
  }
  await symlink(resolve('node_modules'), join(clone, 'node_modules'))
  execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: clone, stdio: 'pipe' })
  const [file] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  execFileSync('tar', ['xzf', file!], { cwd: folder })
  return join(folder, 'package')
}

/**
 * An app in an empty folder, with the packed package and what is named beside it. The packages come from where the project
 * has them, and no other is to be found: what neither the app nor the package asks for is missing.
 */
export async function makeApp(packed: string, packages: readonly string[]): Promise<string> {
  const app = await mkdtemp(join(tmpdir(), 'first-app-'))
  const modules = join(app, 'node_modules')
  const { name, dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
    await readFile(join(packed, 'package.json'), 'utf8'),
  ) as Manifest
  await cp(packed, join(modules, name), { recursive: true })
  // npm installs peers along, but for those that are optional.
  const peers = Object.keys(peerDependencies).filter((peer) => !peerDependenciesMeta[peer]?.optional)
  const others = new Set([...packages, ...Object.keys(dependencies), ...peers])
  others.delete(name)
  for (const other of others) {
    await mkdir(dirname(join(modules, other)), { recursive: true })
    await symlink(resolve('node_modules', other), join(modules, other))
  }
  await symlink(resolve('node_modules/.bin'), join(modules, '.bin'))
  return app
}

/** What the package says that it needs. */
interface Manifest {
  readonly name: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>
}
