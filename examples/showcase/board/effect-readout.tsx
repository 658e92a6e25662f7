import { Show } from 'solid-js'
import type { EffectMeter } from './effect-meter.ts'
import { formatCount } from './format-count.ts'
import { BoltIcon } from './icons.tsx'

/** The line that says what the last change cost. */
export function EffectReadout(props: { readonly meter: EffectMeter }) {
  return (
    <footer class="readout" data-testid="effect-readout">
      <BoltIcon />
      <Show when={props.meter.last} fallback={<p>Nothing has run yet</p>}>
        {(last) => (
          <p>
            Last change:{' '}
            <b>
              {formatCount(last().effects)} of {formatCount(props.meter.effects)}
            </b>{' '}
            effects ran, in{' '}
            <b>
              {formatCount(last().rows)} of {formatCount(props.meter.rows)}
            </b>{' '}
            rows
            <Show when={last().drawn > 0}>; {formatCount(last().drawn)} drawn</Show>
            <Show when={last().gone > 0}>; {formatCount(last().gone)} gone</Show>
          </p>
        )}
      </Show>
      <p class="total" title="Effects that ran again since the page was opened">
        Total <b>{formatCount(props.meter.total)}</b>
      </p>
    </footer>
  )
}
