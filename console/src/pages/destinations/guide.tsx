// The guide to a type of destination: the page of the documentation that this version came with.
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Problem } from '../../api/problem';
import { Loaded } from '../../parts/loaded';
import { Markdown } from '../../parts/markdown';
import { PageFrame } from '../../parts/page';

/** The pages are parts of the console's build, each loaded when it is read. */
const PAGES = import.meta.glob<string>('../../../../docs/destinations/*.md', { query: '?raw', import: 'default' });

export function GuidePage() {
  const { type } = useParams({ from: '/shell/destinations/guide/$type' });
  const guide = useQuery({
    queryKey: ['guide', type], staleTime: Infinity,
    queryFn: async () => {
      const load = PAGES[`../../../../docs/destinations/${type}.md`];
      if (!load) throw new Problem(404, `there is no guide to \`${type}\``);
      return load();
    },
  });
  return (
    <Loaded query={guide} what="The guide">
      {(text) => {
        const { title, rest } = pageOf(text);
        return <PageFrame title={`Guide: ${title}`}><Markdown text={rest} /></PageFrame>;
      }}
    </Loaded>
  );
}

/** The first line is the page's title; the other headings take its place, and marks of the generator go. */
function pageOf(text: string): { title: string; rest: string } {
  const [first = '', ...lines] = text.split('\n');
  const rest = lines.filter((line) => !/^<!--.*-->$/.test(line)).map((line) => line.replace(/^#(#+ )/, '$1'));
  return { title: first.replace(/^# /, ''), rest: rest.join('\n') };
}
