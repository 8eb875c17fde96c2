import { Fieldset, Group, Select, Stack, TextInput } from '@mantine/core';
import { oneOf } from '../../app/search';
import type { Draft, Faults, Place } from './draft';

interface Props {
  draft: Draft;
  onChange: (draft: Draft) => void;
  faults: Faults;
}

/** Where the signature, the type and the id are in what a sender sends. */
export function HmacFields({ draft, onChange, faults }: Props) {
  return (
    <Fieldset legend="Where things are in a request">
      <Stack gap="sm">
        <Group grow align="flex-start">
          <TextInput
            label="Header of the signature"
            placeholder="X-Shop-Hmac-Sha256"
            value={draft.header}
            onChange={(event) => onChange({ ...draft, header: event.currentTarget.value.trim() })}
            error={faults.header}
            required
            spellCheck={false}
          />
          <Select
            label="Written in"
            data={[
              { value: 'hex', label: 'Hex' },
              { value: 'base64', label: 'Base64' },
            ]}
            value={draft.encoding}
            allowDeselect={false}
            onChange={(value) => onChange({ ...draft, encoding: value === 'base64' ? 'base64' : 'hex' })}
          />
        </Group>
        <TextInput
          label="What stands before the signature"
          description="Nothing, mostly; sha256= where it reads sha256=3f1c…"
          value={draft.prefix}
          onChange={(event) => onChange({ ...draft, prefix: event.currentTarget.value })}
          error={faults.prefix}
          spellCheck={false}
        />
        <PlaceFields
          label="The event’s type"
          none="Always the same"
          place={draft.type}
          onChange={(type) => onChange({ ...draft, type })}
          fault={faults.type}
        />
        <TextInput
          label={draft.type.kind === 'none' ? 'Type of all its events' : 'Type where there is none'}
          placeholder="shop.other"
          value={draft.fallbackType}
          onChange={(event) => onChange({ ...draft, fallbackType: event.currentTarget.value.trim() })}
          error={faults.fallbackType}
          required={draft.type.kind === 'none'}
          spellCheck={false}
        />
        <PlaceFields
          label="The sender’s id of the event"
          none="It has none"
          place={draft.id}
          onChange={(id) => onChange({ ...draft, id })}
          fault={faults.id}
        />
      </Stack>
    </Fieldset>
  );
}

interface PlaceProps {
  label: string;
  none: string;
  place: Place;
  onChange: (place: Place) => void;
  fault: string | undefined;
}

const WHERE = ['none', 'header', 'pointer'] as const;

function PlaceFields({ label, none, place, onChange, fault }: PlaceProps) {
  return (
    <Group grow align="flex-start">
      <Select
        label={label}
        data={[
          { value: 'none', label: none },
          { value: 'header', label: 'In a header' },
          { value: 'pointer', label: 'In the body' },
        ]}
        value={place.kind}
        allowDeselect={false}
        onChange={(value) => onChange({ kind: oneOf(value, WHERE) ?? 'none', at: '' })}
      />
      {place.kind !== 'none' && (
        <TextInput
          label={place.kind === 'header' ? 'Which header' : 'Where in the body'}
          placeholder={place.kind === 'header' ? 'X-Shop-Topic' : '/order/id'}
          value={place.at}
          onChange={(event) => onChange({ ...place, at: event.currentTarget.value.trim() })}
          error={fault}
          required
          spellCheck={false}
        />
      )}
    </Group>
  );
}
