import { Group, NumberInput, Radio, Stack, Text, TextInput } from '@mantine/core';
import { oneOf } from '../../../app/search';
import { duration, number } from '../../../ui/format';
import { type Draft, USUAL } from './draft';
import { field, fieldId, type PartProps } from './part';
import { Section } from './section';
import { spanMs } from './span';
import { typed } from './typed';

const CHOICES = ['default', 'after', 'never'] as const;

/** When the endpoint as a whole is given up. */
export function GivingUpSection({ draft, set, faults, isNew }: PartProps) {
  return (
    <Section
      title="Giving up"
      about="An endpoint that does nothing but fail is turned off, so that nothing piles up for nobody. A 410 does so at once."
      summary={sentence(draft)}
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
            <Radio
              value="default"
              label="As this Hookyard is configured (usually 20 failures over an hour)"
            />
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
            placeholder={String(USUAL.autoDisableAfter)}
            value={draft.autoDisableAfter}
            onChange={(value) => set({ autoDisableAfter: typed(value) })}
            allowDecimal={false}
            allowNegative={false}
            w={200}
          />
          <TextInput
            {...field('autoDisableMinDuration', faults)}
            label="Over at least"
            placeholder={USUAL.autoDisableMinDuration}
            value={draft.autoDisableMinDuration}
            onChange={(event) => set({ autoDisableMinDuration: event.currentTarget.value })}
            w={160}
          />
        </Group>
      )}
      <Text size="sm">{sentence(draft)}</Text>
    </Section>
  );
}

/** What happens, in a sentence. */
export function sentence({ giveUp, autoDisableAfter, autoDisableMinDuration }: Draft): string {
  if (giveUp === 'never') return 'It is never given up for failing; only a 410 turns it off.';
  const times = giveUp === 'after' && autoDisableAfter !== '' ? autoDisableAfter : USUAL.autoDisableAfter;
  const span =
    giveUp === 'after' && autoDisableMinDuration !== ''
      ? autoDisableMinDuration
      : USUAL.autoDisableMinDuration;
  const ms = spanMs(span);
  const over = ms === undefined || ms === 0 ? '' : ` over ${duration(ms)} or more`;
  return `After ${number(times)} failed attempts in a row${over} it is “failed”: what is owed to it becomes dead letters, and new events are not owed to it until somebody enables it.`;
}
