import { createComponent, createContext, type JSX, useContext } from 'solid-js'
import { createProvider, ProviderContext, type ProviderProps } from '../connection/provider.ts'
import type { DeepSpaceError } from '../protocol/errors.ts'
import type { RecordData } from '../protocol/records/record.ts'

/** A write that the room refused, or that could not reach it. */
export interface WriteError {
  readonly operation: 'create' | 'put' | 'remove'
  readonly collection: string
  readonly recordId: string
  /** The fields that were to be written; empty for `remove`. */
  readonly data: RecordData
  /** Why, with a code; `error.message` is the reason as the room said it. */
  readonly error: DeepSpaceError
}

/** The properties of {@link RecordProvider}. */
export interface RecordProviderProps extends ProviderProps {
  /** Told of every `create`, `put` and `remove` that failed; default: `console.error`. Confirmed calls reject instead. */
  readonly onWriteError?: ((failure: WriteError) => void) | undefined
  readonly children?: JSX.Element
}

const WriteErrorContext = createContext<(failure: WriteError) => void>()

/**
 * Says who is signed in and where the worker is, for everything below it. Scopes that name the same room share one
 * connection and one cache.
 */
export function RecordProvider(props: RecordProviderProps): JSX.Element {
  const writeFailed = (failure: WriteError): void => {
    if (props.onWriteError) props.onWriteError(failure)
    else console.error(`${failure.operation} in ${failure.collection} failed:`, failure.error)
  }
  return createComponent(ProviderContext.Provider, {
    value: createProvider(props),
    get children() {
      return createComponent(WriteErrorContext.Provider, {
        value: writeFailed,
        get children() {
          return props.children
        },
      })
    },
  })
}

/** Whom to tell of a write that failed: the nearest provider, which every scope has above it. */
export function useWriteFailed(): (failure: WriteError) => void {
  return useContext(WriteErrorContext)!
}
