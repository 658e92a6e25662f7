import { DirectionIcon } from './icons.tsx'
import type { View } from './view.ts'

export type Order = Pick<View, 'orderBy' | 'orderDir'>

export interface OrderControlsProps {
  readonly order: Order
  readonly onChange: (order: Partial<Order>) => void
}

export function OrderControls(props: OrderControlsProps) {
  const opposite = () => (props.order.orderDir === 'asc' ? 'desc' : 'asc')
  return (
    <div class="order">
      <select
        aria-label="Order by"
        value={props.order.orderBy}
        onChange={(event) => props.onChange({ orderBy: event.currentTarget.value as View['orderBy'] })}
      >
        <option value="createdAt">Created</option>
        <option value="updatedAt">Changed</option>
        <option value="priority">Priority</option>
        <option value="title">Title</option>
      </select>
      <button
        type="button"
        class="icon-button"
        aria-label={props.order.orderDir === 'asc' ? 'Ascending' : 'Descending'}
        onClick={() => props.onChange({ orderDir: opposite() })}
      >
        <DirectionIcon up={props.order.orderDir === 'asc'} />
      </button>
    </div>
  )
}
