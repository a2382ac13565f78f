// Which techniques of the matrix are shown: all, those that detections name, those that one looks for.
import type { CoverageMatrix, CoverageTactic, CoverageTechnique } from '../../../api/types';

export type ShownTechnique = { technique: CoverageTechnique; isPart: boolean };
export type ShownTactic = { tactic: CoverageTactic; techniques: ShownTechnique[] };

export function isNamed({ enabled, disabled, notRunYet }: CoverageTechnique): boolean {
  return enabled.length + disabled.length + notRunYet.length > 0;
}

/** Parts of techniques (`T1110.003`) are shown when a detection names them or when they are looked for. */
export function shownOf(matrix: CoverageMatrix, find: string, onlyCovered: boolean): ShownTactic[] {
  const wanted = find.trim().toLowerCase();
  const fits = ({ id, name }: CoverageTechnique) => `${id} ${name}`.toLowerCase().includes(wanted);
  const tactics = matrix.tactics.map((tactic) => {
    const isShown = (technique: CoverageTechnique) => {
      if (wanted !== '' && !fits(technique)) return false;
      if (onlyCovered) return isNamed(technique);
      return wanted !== '' || !technique.id.includes('.') || isNamed(technique);
    };
    const techniques = tactic.techniques.filter(isShown);
    return { tactic, techniques: techniques.map((technique) => ({ technique, isPart: technique.id.includes('.') })) };
  });
  return wanted !== '' || onlyCovered ? tactics.filter(({ techniques }) => techniques.length > 0) : tactics;
}

/** From how many detections on a technique has the next colour. */
export const STEPS = [1, 2, 4] as const;

export function levelOf({ enabled }: CoverageTechnique): number {
  return STEPS.filter((step) => enabled.length >= step).length;
}

/** What a technique is called in addresses, such as `TA0006:T1110`. */
export const nameOf = (tactic: { id: string }, technique: { id: string }) => `${tactic.id}:${technique.id}`;

export function findTechnique(matrix: CoverageMatrix, name: string) {
  for (const tactic of matrix.tactics) {
    const technique = tactic.techniques.find((one) => nameOf(tactic, one) === name);
    if (technique) return { tactic, technique };
  }
  return null;
}
