import { Group, NumberInput, Radio, Stack, Switch, Text } from '@mantine/core';
import type { EndpointDefaults } from '../../../api/schema';
import { oneOf } from '../../../app/search';
import type { Draft } from './draft';
import { field, fieldId, type PartProps } from './part';
import { Section } from './section';
import { typed } from './typed';
import { rateInWords } from './usual';

const RATES = ['default', 'off', 'on'] as const;

/** How fast and how much at a time. */
export function PaceSection({ draft, set, faults, isNew, usual }: PartProps) {
  const names = ['maxInFlight', 'rateLimitEnabled', 'maxRequestsPerMinute', 'burst', 'ordered'] as const;
  return (
    <Section
      title="Pace"
      about="What cannot be sent now waits in the ledger, oldest first, and holds nobody else up."
      summary={summaryOf(draft, usual)}
      isOpenAtFirst={!isNew}
      isWrong={names.some((name) => faults[name] !== undefined)}
    >
      <NumberInput
        {...field('maxInFlight', faults)}
        label="Requests at a time"
        placeholder={`${draft.kind === 'http' ? usual.maxInFlight : 1} where nothing is given`}
        description={draft.ordered ? 'Ordered: one at a time, whatever stands here.' : undefined}
        value={draft.maxInFlight}
        onChange={(value) => set({ maxInFlight: typed(value) })}
        allowDecimal={false}
        allowNegative={false}
        maw={280}
      />
      <Radio.Group
        label="Rate limit"
        value={draft.rate}
        onChange={(rate) => set({ rate: oneOf(rate, RATES) ?? 'off' })}
        error={faults.rateLimitEnabled}
      >
        <Stack gap={6} mt={6}>
          {isNew && <Radio value="default" label={`As this Hookyard is configured: ${rateInWords(usual)}`} />}
          <Radio
            value="off"
            label="None: as fast as it answers"
            {...(isNew ? {} : { id: fieldId('rateLimitEnabled') })}
          />
          <Radio value="on" label="At most so many attempts a minute, retries included" />
        </Stack>
      </Radio.Group>
      {draft.rate === 'on' && (
        <Group align="flex-start" gap="md">
          <NumberInput
            {...field('maxRequestsPerMinute', faults)}
            label="Attempts a minute"
            placeholder={String(usual.maxRequestsPerMinute)}
            value={draft.maxRequestsPerMinute}
            onChange={(value) => set({ maxRequestsPerMinute: typed(value) })}
            allowDecimal={false}
            allowNegative={false}
            w={180}
          />
          <NumberInput
            {...field('burst', faults)}
            label="At once after a rest"
            placeholder={String(usual.burst)}
            value={draft.burst}
            onChange={(value) => set({ burst: typed(value) })}
            allowDecimal={false}
            allowNegative={false}
            w={180}
          />
        </Group>
      )}
      <Switch
        id={fieldId('ordered')}
        label="In the order of publishing"
        checked={draft.ordered}
        onChange={(event) => set({ ordered: event.currentTarget.checked })}
        description="Strictly one delivery after the other."
      />
      {draft.ordered && (
        <Text size="sm" c="var(--hy-warn)">
          What it costs: a delivery that fails holds up all behind it until it is delivered or dead, and one
          slow answer slows everything. Choose few retries and short waits.
        </Text>
      )}
    </Section>
  );
}

function summaryOf(draft: Draft, usual: EndpointDefaults): string {
  const { maxInFlight, rate, maxRequestsPerMinute, burst, ordered, kind } = draft;
  const slots = maxInFlight === '' ? (kind === 'http' ? usual.maxInFlight : 1) : maxInFlight;
  const given = {
    ...usual,
    ...(rate === 'default' ? {} : { rateLimitEnabled: rate === 'on' }),
    ...(rate === 'on' && maxRequestsPerMinute !== '' ? { maxRequestsPerMinute } : {}),
    ...(rate === 'on' && burst !== '' ? { burst } : {}),
  };
  const pace = given.rateLimitEnabled ? rateInWords(given) : 'no rate limit';
  return `${ordered ? 'One at a time, in order' : `${slots} at a time, in no order`}; ${pace}.`;
}
