import { Group, SegmentedControl, Tooltip, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useZone } from '../prefs/hooks';
import { zoneStore } from '../prefs/zone';

const THEMES = [
  { value: 'light', label: 'Light', icon: IconSun },
  { value: 'dark', label: 'Dark', icon: IconMoon },
  { value: 'auto', label: 'As the system', icon: IconDeviceDesktop },
] as const;

/** How things are shown in this browser: the theme, and whose time. */
export function Preferences() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const zone = useZone();
  return (
    <Group gap="xs" wrap="nowrap">
      <SegmentedControl
        size="xs"
        aria-label="Times"
        value={zone}
        onChange={(value) => zoneStore.set(value === 'utc' ? 'utc' : 'local')}
        data={[
          { value: 'local', label: 'Local' },
          { value: 'utc', label: 'UTC' },
        ]}
      />
      <SegmentedControl
        size="xs"
        aria-label="Theme"
        value={colorScheme}
        onChange={(value) => {
          const theme = THEMES.find((one) => one.value === value);
          if (theme) setColorScheme(theme.value);
        }}
        data={THEMES.map(({ value, label, icon: Icon }) => ({
          value,
          label: (
            <Tooltip label={label}>
              <Icon size={16} aria-label={label} role="img" style={{ display: 'block' }} />
            </Tooltip>
          ),
        }))}
      />
    </Group>
  );
}
