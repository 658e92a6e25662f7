import type { QueryOptions } from 'deepspace-solid'
import type { tasks } from '../schema.ts'
import { DirectionIcon } from './icons.tsx'
import { Segmented } from './segmented.tsx'

/** Which tasks the board shows, and in which order: what its query is made of. */
export interface View extends Required<Pick<QueryOptions<typeof tasks>, 'orderDir'>> {
  readonly orderBy: 'createdAt' | 'updatedAt' | 'priority' | 'title'
  readonly show: 'all' | 'open' | 'done'
}

export const firstView: View = { show: 'all', orderBy: 'createdAt', orderDir: 'desc' }

export interface ViewControlsProps {
  readonly view: View
  readonly onChange: (view: View) => void
}

export function ViewControls(props: ViewControlsProps) {
  const change = (part: Partial<View>) => props.onChange({ ...props.view, ...part })
  const opposite = () => (props.view.orderDir === 'asc' ? 'desc' : 'asc')
  return (
    <>
      <Segmented
        legend="Show"
        options={[
          { value: 'all', label: 'All' },
          { value: 'open', label: 'Open' },
          { value: 'done', label: 'Done' },
        ]}
        value={props.view.show}
        onChange={(show) => change({ show })}
      />
      <div class="order">
        <select
          aria-label="Order by"
          value={props.view.orderBy}
          onChange={(event) => change({ orderBy: event.currentTarget.value as View['orderBy'] })}
        >
          <option value="createdAt">Created</option>
          <option value="updatedAt">Changed</option>
          <option value="priority">Priority</option>
          <option value="title">Title</option>
        </select>
        <button
          type="button"
          class="icon-button"
          aria-label={props.view.orderDir === 'asc' ? 'Ascending' : 'Descending'}
          onClick={() => change({ orderDir: opposite() })}
        >
          <DirectionIcon up={props.view.orderDir === 'asc'} />
        </button>
      </div>
    </>
  )
}
