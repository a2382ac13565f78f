// How code looks: the console's own colours, which follow its theme by themselves.
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const ERROR = 'border--color--status--danger--default';
const WARNING = 'border--color--status--warning--default';
const token = (name: string) => `var(--pf-t--global--${name})`;
const LINE = `1px solid ${token('border--color--default')}`;
const RAISED = token('background--color--floating--default');

/** How high an editor is before it scrolls; small ones sit in forms. */
const HEIGHTS = {
  small: { minHeight: '4rem', maxHeight: '16rem' }, large: { minHeight: '14rem', maxHeight: '65vh' }, read: { maxHeight: '65vh' },
};

export const height = (size: keyof typeof HEIGHTS) =>
  EditorView.theme({ '.cm-scroller': { overflow: 'auto', ...HEIGHTS[size] } });

export const looks = EditorView.theme({
  '&': {
    color: token('text--color--regular'), backgroundColor: token('background--color--primary--default'),
    border: LINE, borderRadius: token('border--radius--small'), fontSize: token('font--size--body--sm'),
  },
  '&.cm-focused': { outline: `2px solid ${token('border--color--brand--default')}`, outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: token('font--family--mono'), lineHeight: '1.55' },
  '.cm-content': { caretColor: token('text--color--regular') },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: token('text--color--regular') },
  '.cm-gutters': {
    color: token('text--color--subtle'), backgroundColor: token('background--color--secondary--default'), borderRight: LINE,
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--code-line)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { background: 'var(--code-selection)' },
  '.cm-selectionBackground, .cm-content ::selection': { background: 'var(--code-selection)' },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: 'var(--code-match)' },
  '.cm-searchMatch-selected': { outline: `2px solid ${token('border--color--brand--default')}` },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--code-match)', outline: LINE },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'transparent', outline: `1px solid ${token(ERROR)}` },
  '.cm-foldPlaceholder': { color: 'inherit', backgroundColor: token('background--color--secondary--default'), border: LINE },
  '.cm-panels': { color: 'inherit', backgroundColor: token('background--color--secondary--default') },
  '.cm-panels.cm-panels-bottom': { borderTop: LINE },
  '.cm-panels.cm-panels-top': { borderBottom: LINE },
  '.cm-textfield': { color: 'inherit', backgroundColor: token('background--color--primary--default'), border: LINE, minHeight: '24px' },
  '.cm-button': { color: 'inherit', backgroundColor: RAISED, backgroundImage: 'none', border: LINE, minHeight: '24px' },
  '.cm-panel.cm-search [name=close]': { color: 'inherit', minWidth: '24px', minHeight: '24px' },
  '.cm-panel.cm-search label input': { minWidth: '24px', minHeight: '24px', verticalAlign: 'middle' },
  '.cm-tooltip': {
    color: token('text--color--regular'), backgroundColor: RAISED, border: LINE, borderRadius: token('border--radius--small'),
    boxShadow: token('box-shadow--md'), fontFamily: token('font--family--body'), maxWidth: 'min(36rem, 90vw)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: token('font--family--mono') },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    color: token('text--color--on-brand--default'), background: token('color--brand--default'),
  },
  '.cm-completionDetail': { color: token('text--color--subtle'), fontStyle: 'normal' },
  '.cm-tooltip-autocomplete li[aria-selected] > *': { color: 'inherit' },
  '.cm-completionInfo, .cm-explanation': { padding: '.4rem .6rem', overflowWrap: 'anywhere' },
  '.cm-explanation > strong': { display: 'block', fontFamily: token('font--family--mono') },
  '.cm-diagnostic': { padding: '.4rem .6rem', overflowWrap: 'anywhere' },
  '.cm-diagnostic-error': { borderLeft: `4px solid ${token(ERROR)}` },
  '.cm-diagnostic-warning': { borderLeft: `4px solid ${token(WARNING)}` },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: `underline wavy ${token(ERROR)}` },
  '.cm-lintRange-warning': { backgroundImage: 'none', textDecoration: `underline wavy ${token(WARNING)}` },
  '.cm-lint-marker': { width: '.8em', height: '.8em' },
  '.cm-changedLine': { backgroundColor: 'var(--code-added-line) !important' },
  '.cm-deletedChunk, &.cm-merge-a .cm-changedLine': { backgroundColor: 'var(--code-removed-line) !important' },
  '.cm-changedText, &.cm-merge-b .cm-changedText': { background: 'var(--code-added) !important' },
  // The edge tells it from its line: a background that does so alone is too dark for some words.
  '.cm-deletedChunk .cm-deletedText, &.cm-merge-a .cm-changedText': {
    background: 'var(--code-removed) !important', boxShadow: `inset 0 -2px 0 ${token(ERROR)}`,
  },
  '&.cm-merge-b': { borderLeft: `1px solid ${token('border--color--default')}` },
  '.cm-collapsedLines': {
    color: token('text--color--regular'), background: token('background--color--secondary--default'), padding: '.2rem .6rem',
  },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: 'none' },
});

export const colours = syntaxHighlighting(HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.escape], color: 'var(--code-number)' },
  { tag: [tags.comment, tags.meta], color: token('text--color--subtle'), fontStyle: 'italic' },
  { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.labelName, tags.typeName], color: 'var(--code-name)' },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName)), tags.className], color: 'var(--code-function)' },
  { tag: tags.invalid, color: token('text--color--status--danger--default') },
]));
