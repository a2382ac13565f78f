// One version of a detection beside what it is now, or by itself when it is deleted.
import { Title } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { versionQuery, type Texts } from '../../../api/editor';
import { CodeDiff, CodeEditor, type Language } from '../../../parts/code';
import { Loaded } from '../../../parts/loaded';

type Props = {
  id: string; version: number;
  /** The texts as they stand; null when it is deleted. */
  now: Texts | null;
  isChanged: boolean;
};

export function Compared({ id, version, now, isChanged }: Props) {
  const found = useQuery(versionQuery(id, version));
  const nowLabel = isChanged ? 'As it stands here, not saved' : 'As it is now';
  const shown = (title: string, language: Language, then: string, text: string | undefined) => (
    <>
      <Title headingLevel="h2" size="md" className="section-title">{title}</Title>
      {text === undefined
        ? <CodeEditor label={`${title} of version ${version}`} language={language} value={then} isReadOnly />
        : <CodeDiff language={language} before={then} after={text} beforeLabel={`Version ${version}`} afterLabel={nowLabel} />}
    </>
  );
  return (
    <Loaded query={found} what={`Version ${version}`}>
      {({ yaml, python }) => (
        <>
          {shown('YAML', 'yaml', yaml, now?.yaml)}
          {(python || now?.python) && shown('Python', 'python', python?.text ?? '', now ? now.python ?? '' : undefined)}
        </>
      )}
    </Loaded>
  );
}
