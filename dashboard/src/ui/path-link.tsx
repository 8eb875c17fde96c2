import { Anchor, type AnchorProps } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { ownPath } from '../app/search';

interface Props extends AnchorProps {
  /** A path of this dashboard, put together from what was asked for. */
  path: string;
  children: React.ReactNode;
  'aria-label'?: string;
}

/** A link within the dashboard whose address is only known when it is shown, as of what a line of the audit log is about. */
export function PathLink({ path, children, ...rest }: Props) {
  const router = useRouter();
  const href = ownPath(path);
  if (href === undefined) return children;
  return (
    <Anchor
      {...rest}
      href={href}
      onClick={(event) => {
        const isPlain =
          event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
        if (!isPlain || event.defaultPrevented) return;
        event.preventDefault();
        router.history.push(href);
      }}
    >
      {children}
    </Anchor>
  );
}
