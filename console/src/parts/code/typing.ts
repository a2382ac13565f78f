// Typing over what is selected, done here instead of by the browser: to keep its looks the browser would write inline
// styles, which the server's policy blocks and reports.
import { EditorView } from '@codemirror/view';

export const typingOver = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { from, to, empty } = view.state.selection.main;
    const text = event.data;
    if (event.inputType !== 'insertText' || !text || empty || view.state.readOnly || view.composing) return false;
    const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: 'input.type', scrollIntoView: true });
    // What closes brackets by itself, for example, goes first.
    const isDone = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, insert));
    if (!isDone) view.dispatch(insert());
    event.preventDefault();
    return true;
  },
});
