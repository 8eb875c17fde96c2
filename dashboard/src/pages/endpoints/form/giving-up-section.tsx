import { Group, NumberInput, Radio, Stack, Text, TextInput } from '@mantine/core';
import { oneOf } from '../../../app/search';
import { givingUpInWords } from './giving-up-words';
import { field, fieldId, type PartProps } from './part';
import { Section } from './section';
import { typed } from './typed';
import { givingUpAsUsual } from './usual';

const CHOICES = ['default', 'after', 'never'] as const;

/** When the endpoint as a whole is given up. */
export function GivingUpSection({ draft, set, faults, isNew, usual }: PartProps) {
  return (
    <Section
      title="Giving up"
      about="An endpoint that does nothing but fail is turned off, so that nothing piles up for nobody. A 410 does so at once."
      summary={givingUpInWords(draft, usual)}
      isOpenAtFirst={!isNew}
      isWrong={faults.autoDisableAfter !== undefined || faults.autoDisableMinDuration !== undefined}
    >
      <Radio.Group
        label="Give up on this endpoint"
        value={draft.giveUp}
        onChange={(giveUp) => set({ giveUp: oneOf(giveUp, CHOICES) ?? 'after' })}
      >
        <Stack gap={6} mt={6}>
          {isNew && (
            <Radio value="default" label={`As this Hookyard is configured: ${givingUpAsUsual(usual)}`} />
          )}
          <Radio value="after" label="After so many failed attempts in a row" />
          <Radio
            value="never"
            label="Never"
            {...(draft.giveUp === 'never' ? { id: fieldId('autoDisableAfter') } : {})}
          />
        </Stack>
      </Radio.Group>
      {draft.giveUp === 'after' && (
        <Group align="flex-start" gap="md">
          <NumberInput
            {...field('autoDisableAfter', faults)}
            label="Failed attempts in a row"
            placeholder={usual.autoDisableAfter === null ? '' : String(usual.autoDisableAfter)}
            value={draft.autoDisableAfter}
            onChange={(value) => set({ autoDisableAfter: typed(value) })}
            allowDecimal={false}
            allowNegative={false}
            w={200}
          />
          <TextInput
            {...field('autoDisableMinDuration', faults)}
            label="Over at least"
            placeholder={usual.autoDisableMinDuration}
            value={draft.autoDisableMinDuration}
            onChange={(event) => set({ autoDisableMinDuration: event.currentTarget.value })}
            w={160}
          />
        </Group>
      )}
      <Text size="sm">{givingUpInWords(draft, usual)}</Text>
    </Section>
  );
}
