import { NoteIcon } from './icons.tsx'
import { MatchCount } from './match-count.tsx'
import type { Failure } from './notices.ts'
import { OrderControls } from './order-controls.tsx'
import { People } from './people.tsx'
import { SearchField } from './search-field.tsx'
import { StateFilter } from './state-filter.tsx'
import type { View } from './view.ts'

export interface ToolbarProps {
  readonly view: View
  readonly onChange: (view: View) => void
  readonly onFailure: (failure: Failure) => void
  /** The id of the note's element. */
  readonly note: string
  readonly isNoteOpen: boolean
  readonly onNoteOpen: (isOpen: boolean) => void
}

export function Toolbar(props: ToolbarProps) {
  const change = (part: Partial<View>) => props.onChange({ ...props.view, ...part })
  return (
    <div class="toolbar">
      <div class="toolbar-row">
        <SearchField onSearch={(search) => change({ search })}>
          <MatchCount view={props.view} />
        </SearchField>
        <OrderControls order={props.view} onChange={change} />
      </div>
      <div class="toolbar-row">
        <StateFilter show={props.view.show} onChange={(show) => change({ show })} />
        <button
          type="button"
          class="people-button"
          aria-expanded={props.isNoteOpen}
          aria-controls={props.note}
          onClick={() => props.onNoteOpen(!props.isNoteOpen)}
        >
          <NoteIcon /> <span>Note</span>
        </button>
        <People onFailure={props.onFailure} />
      </div>
    </div>
  )
}
