// Draws Markdown: HTML in it is text, images are their addresses, links lead to web pages alone, and headings stand
// below those of the page.
import type { ComponentProps, ReactNode } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { isWeb, OutsideLink } from './outside-link';

type Inside = { children?: ReactNode };

const COMPONENTS: Components = {
  a: ({ href = '', children }) => (isWeb(href)
    ? <OutsideLink address={href}>{children}</OutsideLink>
    : <span className="breakable">{children}{href !== '' && ` (${href})`}</span>),
  // Whoever looks at an alert must not have the browser ask somebody else for something.
  img: ({ src, alt }) => <span className="breakable">[image{alt ? `: ${alt}` : ''}{typeof src === 'string' && src !== '' ? <> <OutsideLink address={src} /></> : null}]</span>,
  h1: ({ children }: Inside) => <h3>{children}</h3>,
  h2: ({ children }: Inside) => <h4>{children}</h4>,
  h3: ({ children }: Inside) => <h5>{children}</h5>,
  h4: ({ children }: Inside) => <h6>{children}</h6>,
  h5: ({ children }: Inside) => <h6>{children}</h6>,
  h6: ({ children }: Inside) => <h6>{children}</h6>,
  input: ({ checked }: ComponentProps<'input'>) => <span>{checked ? '[x]' : '[ ]'}</span>,
  table: ({ children }: Inside) => <div className="markdown-table" role="region" aria-label="Table" tabIndex={0}><table>{children}</table></div>,
  // Alignment would be a style of its own.
  th: ({ children }: Inside) => <th scope="col">{children}</th>,
  td: ({ children }: Inside) => <td>{children}</td>,
  pre: ({ children }: Inside) => <pre tabIndex={0}>{children}</pre>,
  code: ({ children }: Inside) => <code>{children}</code>,
  // Footnotes would give the page ids and links within it.
  sup: ({ children }: Inside) => <sup>{children}</sup>,
  section: ({ children }: Inside) => <div>{children}</div>,
  li: ({ children }: Inside) => <li>{children}</li>,
};
const PLUGINS = [remarkGfm];

/** Addresses stay as they are written: what is no web page is shown as text. */
const asWritten = (address: string) => address;

export default function MarkdownDrawn({ text }: { text: string }) {
  return <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS} urlTransform={asWritten}>{text}</ReactMarkdown>;
}
