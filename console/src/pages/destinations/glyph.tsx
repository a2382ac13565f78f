// The sign of a type of destination; words beside it say the same.
import { GLYPHS, UNKNOWN_GLYPH } from './glyphs';

export function Glyph({ type, size = 24 }: { type: string; size?: number }) {
  return (
    <svg className="glyph" viewBox="0 0 24 24" width={size} height={size} fill="none" stroke="currentColor" strokeWidth="1.6"
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      {(GLYPHS[type] ?? UNKNOWN_GLYPH).map((path) => <path key={path} d={path} />)}
    </svg>
  );
}
