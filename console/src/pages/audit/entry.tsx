// One entry: what was there before and after side by side, and all of it as a tree.
import { Content, Title } from '@patternfly/react-core';
import { textOf } from '../../api/audit';
import type { AuditEntry } from '../../api/types';
import { sentence } from '../../parts/failure';
import { differences, JsonTree } from '../../parts/json-tree';

export function Entry({ entry }: { entry: AuditEntry }) {
  const { actionDetails, errors } = textOf(entry);
  const { before, after } = actionDetails ?? {};
  const isPair = before !== undefined && after !== undefined && before !== null && after !== null;
  const changed = isPair ? differences(before, after) : undefined;
  const side = (title: string, value: unknown) => (
    <section>
      <Title headingLevel="h3" size="md">{title}</Title>
      <div className="json"><JsonTree value={value} {...(changed ? { changed } : {})} /></div>
    </section>
  );
  return (
    <>
      {errors?.map(({ message }, index) => <Content component="p" key={index}>{sentence(message ?? 'it failed')}</Content>)}
      {(before !== undefined || after !== undefined) && (
        <div className="side-by-side">
          {side('Before', before ?? null)}
          {side('After', after ?? null)}
        </div>
      )}
      <Title headingLevel="h3" size="md">Entry {entry.sequence}</Title>
      <div className="json"><JsonTree value={entry.entry} opensTo={1} /></div>
      <p className="subtle small breakable">Hash {entry.hash}</p>
    </>
  );
}
