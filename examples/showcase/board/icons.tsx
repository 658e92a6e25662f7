import type { JSX } from 'solid-js'

// Drawn on a grid of 16, in the colour of the text. Each is decoration: the control that holds it has the name.

function Icon(props: { readonly children: JSX.Element }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {props.children}
    </svg>
  )
}

export const LockIcon = () => (
  <Icon>
    <rect x="3" y="7" width="10" height="6.5" rx="1.6" />
    <path d="M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2" />
  </Icon>
)

export const GlobeIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.75" />
    <path d="M2.4 8h11.2M8 2.3c2 1.8 2.6 3.6 2.6 5.7S10 11.9 8 13.7C6 11.9 5.4 10.1 5.4 8S6 4.1 8 2.3" />
  </Icon>
)

export const TrashIcon = () => (
  <Icon>
    <path d="M2.8 4.3h10.4M6.2 4.3V2.8h3.6v1.5M4.2 4.3l.6 8.2a1 1 0 0 0 1 .9h4.4a1 1 0 0 0 1-.9l.6-8.2" />
  </Icon>
)

export const CrossIcon = () => (
  <Icon>
    <path d="M4 4l8 8M12 4l-8 8" />
  </Icon>
)

export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.6" />
    <path d="M10.5 10.5l3.2 3.2" />
  </Icon>
)

export const PeopleIcon = () => (
  <Icon>
    <circle cx="6" cy="5.4" r="2.4" />
    <path d="M1.8 13c.2-2.6 1.9-4.2 4.2-4.2s4 1.6 4.2 4.2M10.6 3.2a2.4 2.4 0 0 1 0 4.4M12 9.2c1.4.6 2.1 1.9 2.2 3.8" />
  </Icon>
)

export const NoteIcon = () => (
  <Icon>
    <path d="M3.2 2.4h9.6v7.4l-3.8 3.8H3.2zM12.8 9.8H9v3.8M5.6 5.4h4.8M5.6 8h2.6" />
  </Icon>
)

export const LinesIcon = () => (
  <Icon>
    <path d="M3 4.2h10M3 8h10M3 11.8h6" />
  </Icon>
)

export const BoltIcon = () => (
  <Icon>
    <path d="M9 1.8L3.5 9H8l-1 5.2L12.5 7H8z" />
  </Icon>
)

export const DirectionIcon = (props: { readonly up: boolean }) => (
  <Icon>
    <path d={props.up ? 'M8 13V3M4 7l4-4 4 4' : 'M8 3v10M4 9l4 4 4-4'} />
  </Icon>
)

export const SketchIcon = () => (
  <Icon>
    <path d="M2.5 2.5h6v6h-6z" />
    <circle cx="10.4" cy="10.4" r="3.4" />
  </Icon>
)

export const GameIcon = () => (
  <Icon>
    <circle cx="5.6" cy="10" r="3.6" />
    <path d="M12.4 3.2v.01M13.4 8.4v.01M9.2 2.6v.01" stroke-width="2.2" />
  </Icon>
)

export const BoxIcon = () => (
  <Icon>
    <rect x="2.5" y="3" width="11" height="10" rx="2" />
  </Icon>
)

export const CircleIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.6" />
  </Icon>
)

export const DiamondIcon = () => (
  <Icon>
    <path d="M8 1.8L14.2 8 8 14.2 1.8 8z" />
  </Icon>
)

export const UndoIcon = () => (
  <Icon>
    <path d="M5.5 3L2.5 6l3 3M2.5 6h6.8a3.7 3.7 0 0 1 0 7.4H6" />
  </Icon>
)

export const RedoIcon = () => (
  <Icon>
    <path d="M10.5 3l3 3-3 3M13.5 6H6.7a3.7 3.7 0 0 0 0 7.4H10" />
  </Icon>
)
