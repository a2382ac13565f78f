// The editor of one detection: code, tests, settings and versions of the same two texts.
import { Button, Label, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useBlocker } from '@tanstack/react-router';
import { useEffect, useRef, type ReactNode } from 'react';
import type { Item, ItemKind } from '../../../api/editor';
import { EDITOR_TABS, type EditorSearch, type EditorTab } from '../../../app/searches-editor';
import { PageFrame } from '../../../parts/page';
import { CodeTab } from './code-tab';
import { KINDS } from './kinds';
import { NotSaved } from './not-saved';
import { Conflict, LeftBefore, TestsFailed } from './save-dialogs';
import { SettingsTab } from './settings-tab';
import { TestsTab } from './tests-tab';
import { useCheck } from './use-check';
import { useHelpers } from './use-helpers';
import { useSaving } from './use-saving';
import { useTests, type Tests } from './use-tests';
import { VersionsTab } from './versions-tab';
import { useWork, type Base, type Work } from './work';
import { textOf } from './yaml-read';

type Props = {
  kind: ItemKind; start: Base; isReadOnly: boolean; search: EditorSearch; onSearch: (search: EditorSearch) => void;
  about: ReactNode; note?: ReactNode; onSaved: (item: Item) => void;
  /** Whether one of its versions may be made its newest, also while its texts are read only. */
  hasWayBack?: boolean;
  /** Further buttons, made from what is edited. */
  menu?: (work: Work, leave: () => void) => ReactNode;
};

const TITLES: Record<EditorTab, string> = { code: 'Code', tests: 'Tests', settings: 'Settings', versions: 'Versions' };

export function Workbench({ kind, start, isReadOnly, hasWayBack = false, search, onSearch, about, note, onSaved, menu }: Props) {
  const work = useWork(kind, start, isReadOnly);
  const tests = useTests(work);
  const isLeaving = useRef(false);
  const leave = () => {
    isLeaving.current = true;
    work.forget();
  };
  const saving = useSaving(work, tests, (item) => {
    if (work.base.id === null) isLeaving.current = true;
    onSaved(item);
  });
  const check = useCheck(work, !isReadOnly);
  const helpers = useHelpers(work);
  const isNew = work.base.id === null;
  const tabs = EDITOR_TABS.filter((tab) => isOpen(tab, kind, isNew));
  const tab = tabs.find((one) => one === search.tab) ?? 'code';
  useSaveKey(() => { if (!isReadOnly) void saving.save(); });
  useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname && work.isChanged && !isLeaving.current
      && !window.confirm('Leave without saving what you changed?'),
    enableBeforeUnload: () => work.isChanged && !isLeaving.current,
  });
  const title = (work.reading.values && textOf(work.reading.values, 'DisplayName')) || work.id || `A new ${KINDS[kind].label.toLowerCase()}`;
  return (
    <PageFrame title={title} about={about} actions={(
      <div className="editor-actions">
        {!isReadOnly && work.isChanged && <Label color="orange" variant="outline">Not saved</Label>}
        {!isReadOnly && (
          <Button onClick={() => void saving.save()} isLoading={saving.isSaving} isDisabled={saving.isSaving || (!isNew && !work.isChanged)}>Save</Button>
        )}
        {menu?.(work, leave)}
      </div>
    )}>
      {note}
      <NotSaved work={work} saving={saving} />
      <Tabs activeKey={tab} aria-label="Parts of the detection" onSelect={(_event, key) => onSearch({ tab: key as EditorTab })}>
        {tabs.map((key) => (
          <Tab key={key} eventKey={key} tabContentId={`part-${key}`}
            title={<TabTitleText>{TITLES[key]}{key === 'tests' && <Count tests={tests} />}</TabTitleText>} />
        ))}
      </Tabs>
      {/* The editors stay, with what can be undone in them. */}
      <Part name="code" tab={tab}><CodeTab work={work} check={check} helpers={helpers} isReadOnly={isReadOnly} /></Part>
      {tab === 'tests' && (
        <Part name="tests" tab={tab}>
          <TestsTab work={work} tests={tests} isReadOnly={isReadOnly} open={search.test ? search.test - 1 : null}
            onOpen={(index) => onSearch({ tab: 'tests', ...(index === null ? {} : { test: index + 1 }) })} />
        </Part>
      )}
      {tab === 'settings' && <Part name="settings" tab={tab}><SettingsTab work={work} isReadOnly={isReadOnly} /></Part>}
      {tab === 'versions' && (
        <Part name="versions" tab={tab}>
          <VersionsTab work={work} hasWayBack={hasWayBack} shown={search.version ?? null}
            onShow={(version) => onSearch({ tab: 'versions', ...(version === null ? {} : { version }) })} />
        </Part>
      )}
      {saving.failing && <TestsFailed work={work} saving={saving} />}
      {saving.conflict && <Conflict work={work} saving={saving} />}
      <LeftBefore work={work} />
    </PageFrame>
  );
}

function Part({ name, tab, children }: { name: EditorTab; tab: EditorTab; children: ReactNode }) {
  return <section id={`part-${name}`} role="tabpanel" aria-label={TITLES[name]} hidden={name !== tab} className="below">{children}</section>;
}

function isOpen(tab: EditorTab, kind: ItemKind, isNew: boolean): boolean {
  switch (tab) {
    case 'tests': return KINDS[kind].testKey !== null;
    case 'settings': return KINDS[kind].hasSettings;
    case 'versions': return !isNew;
    default: return true;
  }
}

/** A failing test is seen from every part. */
function Count({ tests: { results, failed } }: { tests: Tests }) {
  if (results.size === 0) return null;
  return failed > 0
    ? <> <Label isCompact color="red">{failed} failed</Label></>
    : <> <Label isCompact color="green">{results.size} passed</Label></>;
}

/** Ctrl S, or Cmd S. */
function useSaveKey(save: () => void): void {
  const latest = useRef(save);
  latest.current = save;
  const isWaiting = useRef(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      if (event.repeat || isWaiting.current) return;
      isWaiting.current = true;
      // The letters typed just before are with the page once it is drawn.
      requestAnimationFrame(() => window.setTimeout(() => {
        isWaiting.current = false;
        latest.current();
      }));
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
