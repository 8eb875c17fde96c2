import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconClock,
  IconHelp,
  IconMinus,
  IconPlayerPause,
  IconRotateClockwise,
  IconX,
} from '@tabler/icons-react';
import classes from './status-badge.module.css';

type Tone = 'good' | 'bad' | 'warn' | 'quiet' | 'accent';
type IconType = typeof IconCheck;

interface Look {
  text: string;
  tone: Tone;
  icon: IconType;
}

const ENDPOINT: Readonly<Record<string, Look>> = {
  active: { text: 'Active', tone: 'good', icon: IconCheck },
  paused: { text: 'Paused', tone: 'warn', icon: IconPlayerPause },
  disabled: { text: 'Disabled', tone: 'quiet', icon: IconBan },
  failed: { text: 'Failed', tone: 'bad', icon: IconAlertTriangle },
};

const DELIVERY: Readonly<Record<string, Look>> = {
  pending: { text: 'Pending', tone: 'accent', icon: IconClock },
  retrying: { text: 'Retrying', tone: 'warn', icon: IconRotateClockwise },
  success: { text: 'Delivered', tone: 'good', icon: IconCheck },
  dead: { text: 'Dead letter', tone: 'bad', icon: IconX },
  skipped: { text: 'Skipped', tone: 'quiet', icon: IconMinus },
};

/** What statuses are called, for filters and sentences. */
export const deliveryStatusText = (status: string): string => DELIVERY[status]?.text ?? status;
export const endpointStatusText = (status: string): string => ENDPOINT[status]?.text ?? status;

interface Props {
  of: 'endpoint' | 'delivery';
  status: string;
}

/** A status in words, with a sign and a colour that say the same. */
export function StatusBadge({ of, status }: Props) {
  const look = (of === 'endpoint' ? ENDPOINT : DELIVERY)[status];
  return <Badge tone={look?.tone ?? 'quiet'} icon={look?.icon ?? IconHelp} text={look?.text ?? status} />;
}

interface BadgeProps {
  tone: Tone;
  icon?: IconType;
  text: string;
}

/** The same for whatever else is good, bad or between. */
export function Badge({ tone, icon: Icon, text }: BadgeProps) {
  return (
    <span className={classes.badge} data-tone={tone}>
      {Icon && <Icon size={14} stroke={2} aria-hidden />}
      {text}
    </span>
  );
}
