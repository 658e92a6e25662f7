import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Locator, Page } from 'playwright/test'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds wrong, each with where. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe })
  return page.evaluate(async () => {
    const { run } = (window as unknown as { axe: { run: (options: RunOptions) => Promise<AxeResults> } }).axe
    const { violations } = await run({ rules: { 'target-size': { enabled: true } } })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, any }) => `${id}: ${target.join(' ')} (${any.map(({ message }) => message).join('; ')})`),
    )
  })
}

/** How large what is pressed is, each by its name: the shorter of its sides. */
export function sizesOf(targets: Locator): Promise<{ name: string | null; size: number }[]> {
  return targets.evaluateAll((all) =>
    all.map((target) => {
      const { width, height } = target.getBoundingClientRect()
      return { name: target.getAttribute('aria-label') ?? target.textContent, size: Math.min(width, height) }
    }),
  )
}

/** What is wider than what it stands in, and whether the page is. */
export function sticksOutOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    const edges = [...document.querySelectorAll('.pane, .masthead, .task, .note, .sketch, .game, .task-text')].flatMap(
      (frame) => {
        const { left, right } = frame.getBoundingClientRect()
        return [...frame.querySelectorAll('*')]
          .filter(
            (each) => each.checkVisibility() && !each.closest('.visually-hidden, option, svg, .people-button span'),
          )
          .filter((each) => each.getBoundingClientRect().width > 0)
          .filter(
            (each) =>
              each.getBoundingClientRect().right > right + 0.5 || each.getBoundingClientRect().left < left - 0.5,
          )
          .map((each) => `${each.tagName}.${each.className}`)
      },
    )
    return scrollWidth > clientWidth ? [`the page, by ${scrollWidth - clientWidth} px`, ...edges] : edges
  })
}
