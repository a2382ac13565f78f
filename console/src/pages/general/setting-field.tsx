// One setting: what it is, where it is set, and a field that is read-only when the configuration file states it.
import type { Setting } from '../../api/settings';
import { Field } from '../../parts/field';
import { Select } from '../../parts/select';
import type { Known } from './known';

type Props = {
  known: Known; setting: Setting; value: string; onChange: (value: string) => void; isReadOnly: boolean; wrong: string | null;
};

const YES_NO = [['true', 'Yes'], ['false', 'No']] as const;

export function SettingField({ known, setting, value, onChange, isReadOnly, wrong }: Props) {
  const { key, label, help, kind } = known;
  const id = `setting-${key.replaceAll('.', '-')}`;
  const isOfFile = setting.origin === 'file';
  const words = kind.of === 'flag' ? YES_NO : kind.of === 'choice' ? kind.words : null;
  const fallback = words?.find(([word]) => word === String(setting.default))?.[1] ?? String(setting.default);
  const says = isOfFile ? `${help}. The configuration file sets it as ${key}; change it there` : `${help}. Default: ${fallback}`;
  if (isOfFile || isReadOnly) {
    const shown = words?.find(([word]) => word === String(setting.value))?.[1] ?? String(setting.value);
    return <Field id={id} label={label} value={shown} onChange={() => undefined} isReadOnly help={says} />;
  }
  if (words) {
    return (
      <Select id={id} label={label} value={value} onChange={onChange} help={says}
        options={[['', `As the default: ${fallback}`], ...words]} />
    );
  }
  return <Field id={id} label={label} value={value} onChange={onChange} help={says} wrong={wrong} maxLength={255} />;
}
