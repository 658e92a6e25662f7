import { readFile } from 'node:fs/promises'

/** A code block of a page of documentation. */
export interface CodeBlock {
  /** `ts`, `sh` and the like. */
  readonly language: string
  /** The file that it is, by its path, where its first line is a comment that says so and nothing else. */
  readonly name: string | undefined
  /** What is in it, but for that comment. */
  readonly code: string
}

/** The code blocks of a page, in order. */
export async function codeBlocks(page: string): Promise<CodeBlock[]> {
  const text = await readFile(page, 'utf8')
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, block]) => {
    const [comment, name] = /^(?:\/\/|#|<!--) ([\w./[\]-]*\.\w+)(?: -->)?\n/.exec(block!) ?? []
    return { language: language!, name, code: block!.slice(comment?.length ?? 0) }
  })
}
