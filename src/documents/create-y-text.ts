import type { Accessor } from 'solid-js'
import type * as Y from 'yjs'
import { solidValue, TextValue } from './solid-value.ts'
import type { YTextValue } from './y-value.ts'

/**
 * Reads a `Y.Text` as Solid reads: `value` is the string, `onDelta` tells its changes. Write through the text itself,
 * `body.type.insert(0, '...')`. `text` may be an accessor; while it gives `undefined` the value is `''`.
 *
 * It needs no owner and costs nothing until it is read. Where nobody reads `value` under tracking, and nobody is told of
 * changes, the document is not observed. A text that is in no document, or was deleted, reads as `''`. On the server it is
 * read as it is. A text given as itself has one value, the same wherever it is read.
 *
 * @example
 * const body = createYText(() => doc()?.getText('body'))
 * <p>{body.value}</p>
 */
export function createYText(text: Y.Text): YTextValue
export function createYText(text: Y.Text | undefined | Accessor<Y.Text | undefined>): YTextValue<undefined>
export function createYText(text: Y.Text | undefined | Accessor<Y.Text | undefined>): YTextValue<undefined> {
  if (typeof text === 'function') return new TextValue(text)
  return text ? (solidValue(text) as TextValue) : new TextValue(() => undefined)
}
