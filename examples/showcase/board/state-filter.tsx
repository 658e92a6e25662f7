import { Segmented } from './segmented.tsx'
import { TaskCount } from './task-count.tsx'
import type { View } from './view.ts'

export interface StateFilterProps {
  readonly show: View['show']
  readonly onChange: (show: View['show']) => void
}

const states = [
  { value: 'all', name: 'All' },
  { value: 'open', name: 'Open' },
  { value: 'done', name: 'Done' },
] as const

export function StateFilter(props: StateFilterProps) {
  return (
    <Segmented
      legend="Show"
      class="state-filter"
      options={states.map(({ value, name }) => ({
        value,
        label: (
          <>
            {name} <TaskCount show={value} />
          </>
        ),
      }))}
      value={props.show}
      onChange={props.onChange}
    />
  )
}
