import { GameIcon, NoteIcon, SketchIcon } from './icons.tsx'
import { MatchCount } from './match-count.tsx'
import type { Failure } from './notices.ts'
import { OrderControls } from './order-controls.tsx'
import { PanelButton } from './panel-button.tsx'
import { People } from './people.tsx'
import { SearchField } from './search-field.tsx'
import { StateFilter } from './state-filter.tsx'
import type { View } from './view.ts'

export interface ToolbarProps {
  readonly view: View
  readonly onChange: (view: View) => void
  readonly onFailure: (failure: Failure) => void
  /** The ids of what can be opened below it. */
  readonly panels: Readonly<Record<Panel, string>>
  /** Which of them is open, if any is. */
  readonly panel: Panel | undefined
  readonly onPanel: (panel: Panel | undefined) => void
}

/** What stands between the toolbar and the tasks, one at a time. */
export type Panel = 'note' | 'sketch' | 'game'

export function Toolbar(props: ToolbarProps) {
  const change = (part: Partial<View>) => props.onChange({ ...props.view, ...part })
  const opens = (panel: Panel) => ({
    panel: props.panels[panel],
    get isOpen() {
      return props.panel === panel
    },
    onOpen: (isOpen: boolean) => props.onPanel(isOpen ? panel : undefined),
  })
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
        <PanelButton {...opens('note')}>
          <NoteIcon /> <span>Note</span>
        </PanelButton>
        <PanelButton {...opens('sketch')}>
          <SketchIcon /> <span>Sketch</span>
        </PanelButton>
        <PanelButton {...opens('game')}>
          <GameIcon /> <span>Game</span>
        </PanelButton>
        <People onFailure={props.onFailure} />
      </div>
    </div>
  )
}
