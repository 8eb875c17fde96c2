import type { EndpointDefaults } from '../../../api/schema';
import type { FieldName } from './body';
import type { Faults } from './check';
import type { Draft } from './draft';

/** What each part of the form is given. */
export interface PartProps extends FieldsProps {
  /** What a new endpoint gets where nothing else is said. */
  usual: EndpointDefaults;
}

/** What fields within a part are given. */
export interface FieldsProps {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  faults: Faults;
  isNew: boolean;
}

/** The id of a field's input, by which an error leads to it. */
export const fieldId = (name: FieldName): string => `endpoint-${name}`;

/** An input's id and what is wrong with it. */
export function field(name: FieldName, faults: Faults): { id: string; error?: string } {
  const fault = faults[name];
  return { id: fieldId(name), ...(fault === undefined ? {} : { error: fault }) };
}
