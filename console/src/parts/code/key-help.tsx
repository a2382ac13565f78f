// The keys of the editor, for those who ask.
const KEYS: readonly (readonly [string, string])[] = [
  ['Esc, then Tab', 'leaves the editor'], ['Ctrl Space', 'completes'], ['Ctrl F', 'finds and replaces'],
  ['Ctrl Z', 'undoes'], ['Ctrl /', 'makes a comment'], ['F8', 'goes to the next finding'], ['Ctrl Shift [', 'folds'],
  ['Ctrl S', 'saves'],
];

export function KeyHelp() {
  return (
    <details className="code-keys keys small">
      <summary>Keys</summary>
      <p className="subtle">
        {KEYS.map(([key, does], index) => <span key={key}>{index > 0 && ' · '}<kbd>{key}</kbd> {does}</span>)}.
        On a Mac, Cmd stands for Ctrl.
      </p>
    </details>
  );
}
