import { Button, Group, NumberInput, Radio, Stack, TagsInput, TextInput } from '@mantine/core';
import type { EndpointDefaults } from '../../../api/schema';
import { oneOf } from '../../../app/search';
import { duration } from '../../../ui/format';
import { type Draft, scheduleIn } from './draft';
import { type FieldsProps, field, fieldId, type PartProps } from './part';
import { plan } from './schedule';
import { Section } from './section';
import { Timeline } from './timeline';
import { typed } from './typed';
import { scheduleInWords } from './usual';

const SCHEDULES = ['default', 'listed', 'growing'] as const;
const DAY_LONG = { waits: ['0s', '5s', '5m', '30m', '2h', '5h', '10h'], maxRetries: 7 };

/** When a delivery that failed is tried again. */
export function RetriesSection({ draft, set, faults, isNew, usual }: PartProps) {
  const { schedule, retries } = meant(draft, usual);
  return (
    <Section
      title="Retries"
      about="An attempt that fails is made again by this schedule. After the last one the delivery is a dead letter, which is kept and can be replayed. A Retry-After of the receiver goes before it."
      summary={summaryOf(draft, usual)}
      isOpenAtFirst={!isNew}
      isWrong={faults.maxRetries !== undefined || faults.retrySchedule !== undefined}
    >
      <NumberInput
        {...field('maxRetries', faults)}
        label="Retries"
        description="Attempts after the first."
        placeholder={`${usual.maxRetries} where nothing is given`}
        value={draft.maxRetries}
        onChange={(value) => set({ maxRetries: typed(value) })}
        allowDecimal={false}
        allowNegative={false}
        maw={280}
      />
      <Radio.Group
        label="Waits"
        value={draft.schedule}
        onChange={(chosen) => set({ schedule: oneOf(chosen, SCHEDULES) ?? 'listed' })}
        {...(draft.schedule === 'default' ? { error: faults.retrySchedule } : {})}
      >
        <Stack gap={6} mt={6}>
          {isNew && (
            <Radio value="default" label={`As this Hookyard is configured: ${scheduleInWords(usual)}`} />
          )}
          <Radio value="listed" label="A list: the wait before each attempt" />
          <Radio value="growing" label="Growing: each wait so many times the one before" />
        </Stack>
      </Radio.Group>
      {draft.schedule === 'listed' && (
        <Stack gap="xs">
          <TagsInput
            {...field('retrySchedule', faults)}
            label="The wait before attempt 1, 2, 3, …"
            description="As 30s, 5m, 1h30m or 2d. The last repeats; up to a tenth is added by chance."
            value={draft.waits}
            onChange={(waits) => set({ waits })}
            allowDuplicates
            splitChars={[',', ' ']}
            acceptValueOnBlur
            maxTags={50}
          />
          <Group>
            <Button variant="subtle" size="compact-sm" onClick={() => set(DAY_LONG)}>
              Keep trying for a day
            </Button>
          </Group>
        </Stack>
      )}
      {draft.schedule === 'growing' && (
        <GrowingFields draft={draft} set={set} faults={faults} isNew={isNew} />
      )}
      <Timeline schedule={schedule} maxRetries={retries} />
    </Section>
  );
}

function GrowingFields({ draft, set, faults }: FieldsProps) {
  return (
    <Group align="flex-start" gap="md">
      <TextInput
        {...field('retrySchedule', faults)}
        label="First wait"
        value={draft.initial}
        onChange={(event) => set({ initial: event.currentTarget.value })}
        w={120}
      />
      <NumberInput
        label="Factor"
        value={draft.factor}
        onChange={(value) => set({ factor: typed(value) })}
        allowNegative={false}
        w={100}
      />
      <TextInput
        label="At most"
        value={draft.max}
        onChange={(event) => set({ max: event.currentTarget.value })}
        w={120}
      />
      <NumberInput
        id={`${fieldId('retrySchedule')}-chance`}
        label="Added by chance"
        description="0.2: up to a fifth"
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={draft.jitter}
        onChange={(value) => set({ jitter: typed(value) })}
        step={0.1}
        allowNegative={false}
        w={150}
      />
    </Group>
  );
}

/** With what is configured in place of what is not said. */
function meant(draft: Draft, usual: EndpointDefaults) {
  return {
    schedule: draft.schedule === 'default' ? usual.retrySchedule : scheduleIn(draft),
    retries: draft.maxRetries === '' ? usual.maxRetries : draft.maxRetries,
  };
}

function summaryOf(draft: Draft, usual: EndpointDefaults): string {
  const { schedule, retries } = meant(draft, usual);
  const planned = schedule && plan(schedule, retries);
  const last = planned?.at(-1);
  if (!last) return 'The schedule cannot be read yet.';
  if (last.attempt === 1) return 'One attempt, and no more.';
  return `${last.attempt} attempts within ${duration(last.atMs)}.`;
}
