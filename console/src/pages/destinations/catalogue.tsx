// Every type of destination, to choose the one to be set up.
import { Card, CardBody, CardTitle, Form, Gallery, Title } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { typesQuery, type DestinationType } from '../../api/destinations';
import { useMay } from '../../app/session';
import { Loaded } from '../../parts/loaded';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { SearchField } from '../../parts/search-field';
import { Refused } from '../refused';
import { Glyph } from './glyph';
import { grouped } from './groups';

export function CataloguePage() {
  const types = useQuery(typesQuery);
  const { contains = '' } = useSearch({ from: '/shell/destinations/new' });
  const navigate = useNavigate({ from: '/destinations/new' });
  const may = useMay();
  if (!may('DestinationModify')) return <Refused needs={['DestinationModify']} />;
  return (
    <PageFrame title="Add a destination" about="Where do alerts go? Choose what is to be told about them.">
      <Form className="filters" onSubmit={(event) => event.preventDefault()}>
        <SearchField id="type-text" label="Name or what it does" value={contains} className="wide"
          onChange={(text) => void navigate({ search: { contains: text || undefined }, replace: true })} />
      </Form>
      <Loaded query={types} what="The types of destinations">
        {({ results }) => {
          const groups = grouped(results, contains);
          if (groups.length === 0) {
            return <Nothing title="No such destination">A custom webhook reaches any other tool that takes HTTP.</Nothing>;
          }
          return groups.map((group) => (
            <section key={group.title} aria-label={group.title}>
              <Title headingLevel="h2" size="lg" className="section-title">{group.title}</Title>
              <Gallery hasGutter minWidths={{ default: '100%', sm: '260px' }}>
                {group.types.map((type) => <TypeCard key={type.type} type={type} />)}
              </Gallery>
            </section>
          ));
        }}
      </Loaded>
    </PageFrame>
  );
}

function TypeCard({ type: { type, label, description } }: { type: DestinationType }) {
  return (
    <Card isCompact isFullHeight className="type-card">
      <CardTitle>
        <Link to="/destinations/new/$type" params={{ type }} className="type-link"><Glyph type={type} size={28} /> {label}</Link>
      </CardTitle>
      <CardBody className="subtle small">{description}</CardBody>
    </Card>
  );
}
