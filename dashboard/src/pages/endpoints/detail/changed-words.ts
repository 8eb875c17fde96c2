import { list } from '../../../ui/format';
import { FIELD_NAMES, LABELS } from '../form/check';

/** Names of the API's fields as the form calls them. */
export function changedInWords(names: readonly string[]): string {
  return list(FIELD_NAMES.filter((name) => names.includes(name)).map((name) => LABELS[name]));
}
