import { IconSend } from '@tabler/icons-react';
import { useApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { EmptyState } from '../../ui/empty-state';
import { ButtonLink } from '../../ui/links';
import { NoMatch } from '../../ui/no-match';
import { exampleCommand } from '../events/new-event';

interface Props {
  isFiltered: boolean;
  /** Those that were looked at are not all: older ones may fit. */
  hasMore: boolean;
  onClear: () => void;
}

/** Nothing fits the filters, or nothing was ever delivered. */
export function NoDeliveries({ isFiltered, hasMore, onClear }: Props) {
  const { tenant } = useApi();
  const { can } = useSession();
  if (isFiltered) return <NoMatch what="delivery" hasMore={hasMore} onClear={onClear} />;
  return (
    <EmptyState
      icon={IconSend}
      title="Nothing was delivered yet"
      command={exampleCommand(location.origin, tenant)}
      action={
        can('publish') && (
          <ButtonLink to="/t/$tenant/publish" params={{ tenant }}>
            Publish an event
          </ButtonLink>
        )
      }
    >
      A delivery is one event owed to one endpoint. It appears here when an event is published that an
      endpoint is subscribed to, with every attempt that is made.
    </EmptyState>
  );
}
