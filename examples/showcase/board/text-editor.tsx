import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { EditorView, keymap, placeholder } from '@codemirror/view'
import { createEffect, onCleanup, onMount } from 'solid-js'
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next'
import type { Awareness } from 'y-protocols/awareness'
import { type Text, UndoManager } from 'yjs'
import { caretsOf } from './carets.ts'

export interface TextEditorProps {
  readonly text: Text
  readonly awareness: Awareness
  readonly canWrite: boolean
  /** The id of the element that names it. */
  readonly labelledBy: string
  readonly placeholder: string
}

/** A text in CodeMirror, with the carets of the others. The tab key leaves it. */
export function TextEditor(props: TextEditorProps) {
  let host!: HTMLDivElement
  onMount(() => {
    const { text, awareness, labelledBy } = props
    // What others have written is not ours to undo.
    const undoManager = new UndoManager(text)
    const rights = new Compartment()
    const view = new EditorView({
      parent: host,
      doc: text.toString(),
      extensions: [
        // Any other end of a line would count one character here and two in the document.
        EditorState.lineSeparator.of('\n'),
        EditorView.lineWrapping,
        // Reached by the tab key like any other field, by readers as well: to be read to its end and copied from.
        EditorView.contentAttributes.of({ 'aria-labelledby': labelledBy, spellcheck: 'false', tabindex: '0' }),
        placeholder(props.placeholder),
        yCollab(text, caretsOf(awareness), { undoManager }),
        rights.of([]),
      ],
    })
    createEffect(() => {
      view.dispatch({ effects: rights.reconfigure(props.canWrite ? writing : reading) })
      // Whoever was in it before they might write has no caret yet.
      if (view.hasFocus) view.focus()
    })
    onCleanup(() => {
      view.destroy()
      undoManager.destroy()
    })
  })
  return <div ref={host} class="text-editor" />
}

const writing: Extension = keymap.of([
  ...yUndoManagerKeymap,
  {
    key: 'Enter',
    run: (view) => {
      view.dispatch(view.state.replaceSelection('\n'), { scrollIntoView: true, userEvent: 'input' })
      return true
    },
  },
])

const reading: Extension = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ 'aria-readonly': 'true' }),
]
