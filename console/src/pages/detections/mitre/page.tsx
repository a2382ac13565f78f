// MITRE ATT&CK: which techniques detections cover, and by how many that run.
import { Button, Form, Switch } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { LAYER_ADDRESS, matrixQuery } from '../../../api/detections';
import type { CoverageMatrix } from '../../../api/types';
import type { MitreSearch } from '../../../app/searches-detections';
import { Loaded } from '../../../parts/loaded';
import { Nothing } from '../../../parts/nothing';
import { PageFrame } from '../../../parts/page';
import { SearchField } from '../../../parts/search-field';
import { useNarrow } from '../../../parts/use-narrow';
import { Grid } from './grid';
import { NarrowList } from './narrow';
import { findTechnique, shownOf } from './shown';
import { TechniqueDialog } from './technique';
import { Unplaced } from './unplaced';

export function MitrePage() {
  const matrix = useQuery(matrixQuery);
  return (
    <PageFrame title="MITRE ATT&CK" about="Which techniques of the Enterprise matrix detections name."
      actions={<Button variant="secondary" component="a" href={LAYER_ADDRESS} download="margay-detections.json">Export for the Navigator</Button>}>
      <Loaded query={matrix} what="The matrix">{(value) => <Coverage matrix={value} />}</Loaded>
    </PageFrame>
  );
}

function Coverage({ matrix }: { matrix: CoverageMatrix }) {
  const search = useSearch({ from: '/shell/detections/mitre' });
  const navigate = useNavigate({ from: '/detections/mitre' });
  const isNarrow = useNarrow();
  const change = (part: MitreSearch) => void navigate({ search: (old) => ({ ...old, ...part }), replace: true });
  const open = (technique: string) => void navigate({ search: (old) => ({ ...old, technique }) });
  const tactics = shownOf(matrix, search.find ?? '', search.covered ?? false);
  const chosen = search.technique ? findTechnique(matrix, search.technique) : null;
  const covered = matrix.tactics.flatMap((one) => one.techniques).filter(({ enabled }) => enabled.length > 0).length;
  return (
    <>
      <Form className="filters" onSubmit={(event) => event.preventDefault()}>
        <SearchField id="technique-text" label="Name or id of a technique" value={search.find ?? ''} className="wide"
          onChange={(text) => change({ find: text || undefined })} />
        <Switch id="technique-covered" label="Only what detections name" isChecked={search.covered ?? false}
          onChange={(_event, isOn) => change({ covered: isOn ? true : undefined })} />
      </Form>
      <p className="above">
        {covered} techniques have a detection that runs. <Link to="/detections" search={{ mitre: 'none' }}>{matrix.without} {matrix.without === 1 ? 'detection names' : 'detections name'} none</Link>.
      </p>
      <ul className="legend small" aria-label="Colours">
        <li><span className="legend-box legend-1" />1 that runs</li>
        <li><span className="legend-box legend-2" />2 or 3</li>
        <li><span className="legend-box legend-3" />4 and more</li>
        <li><span className="legend-box legend-off" />covered only by disabled detections</li>
      </ul>
      {tactics.length === 0 && (
        <Nothing title="No technique is like that"
          action={<Button variant="link" onClick={() => change({ find: undefined, covered: undefined })}>Show all</Button>}>
          {search.covered ? 'Detections name techniques under `Reports` in their YAML.' : 'Look for another name or id.'}
        </Nothing>
      )}
      {tactics.length > 0 && (isNarrow
        ? <NarrowList tactics={tactics} isOpen={Boolean(search.find)} onOpen={open} />
        : <Grid tactics={tactics} onOpen={open} />)}
      <Unplaced unknown={matrix.unknown} />
      {chosen && <TechniqueDialog {...chosen} onClose={() => change({ technique: undefined })} />}
    </>
  );
}
