import { ActionIcon, AppShell, Burger, Group, ScrollArea, Stack, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconLogout } from '@tabler/icons-react';
import { Link, Outlet, useMatch, useParams } from '@tanstack/react-router';
import { useRef } from 'react';
import { useSession } from '../session/hooks';
import { session } from '../session/store';
import { lastTenant } from '../session/tenant';
import { LogoMark } from '../ui/logo';
import { useIsPhone } from '../ui/use-phone';
import { ConnectionNotice } from './connection-notice';
import { Navigation } from './navigation';
import { Preferences } from './preferences';
import { ProducerOnly } from './producer-only';
import classes from './shell.module.css';
import { TenantSwitcher } from './tenant-switcher';

/** What is around every page. */
export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const isPhone = useIsPhone();
  const { who, isOperator, can } = useSession();
  const params = useParams({ strict: false });
  const tenant = params.tenant ?? who.tenantId ?? lastTenant();
  const isReader = can('read');
  const publish = useMatch({ from: '/app/t/$tenant/publish', shouldThrow: false });
  const burger = useRef<HTMLButtonElement>(null);
  const isCovered = isPhone && isOpen;
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', md: 'lg' }}
    >
      <a href="#main" className={classes.skip}>
        Skip to the content
      </a>
      <AppShell.Header className={classes.header ?? ''}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="sm" wrap="nowrap">
            <Burger
              ref={burger}
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close the navigation' : 'Open the navigation'}
              aria-expanded={isOpen}
            />
            <Link
              to="/"
              className={classes.brand ?? ''}
              aria-label={isReader ? 'Hookyard: overview' : 'Hookyard: publish an event'}
            >
              <LogoMark />
              <Text fw={700} visibleFrom="xs" component="span">
                Hookyard
              </Text>
            </Link>
            {isOperator ? (
              <TenantSwitcher tenant={tenant} />
            ) : (
              <Text size="sm" c="dimmed" truncate maw={160} title="The tenant of your key">
                {who.tenantId}
              </Text>
            )}
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Group visibleFrom="sm">
              <Preferences />
            </Group>
            <SignOut />
          </Group>
        </Group>
      </AppShell.Header>
      {(!isPhone || isOpen) && (
        <AppShell.Navbar
          component="nav"
          aria-label="Main"
          className={classes.navbar ?? ''}
          p="sm"
          onKeyDown={(event) => {
            if (event.key !== 'Escape' || !isCovered) return;
            close();
            burger.current?.focus();
          }}
        >
          <AppShell.Section grow component={ScrollArea}>
            <Navigation tenant={tenant} onGo={close} />
          </AppShell.Section>
          <AppShell.Section>
            <Stack gap="xs" pt="sm">
              <Group hiddenFrom="sm">
                <Preferences />
              </Group>
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {who.keyName} ({who.role})
                <br />
                Hookyard {who.version}
              </Text>
            </Stack>
          </AppShell.Section>
        </AppShell.Navbar>
      )}
      {/* On a phone the navigation lies over it. */}
      <AppShell.Main id="main" tabIndex={-1} className={classes.main ?? ''} inert={isCovered}>
        <div className={classes.content}>
          <ConnectionNotice />
          {isReader || publish !== undefined ? <Outlet /> : <ProducerOnly />}
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

function SignOut() {
  return (
    <Tooltip label="Sign out">
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label="Sign out"
        onClick={() => session.end('signed-out')}
      >
        <IconLogout size={20} stroke={1.6} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
