import { ActionIcon, type ActionIconProps, Anchor, Button, type ButtonProps, NavLink } from '@mantine/core';
import { createLink } from '@tanstack/react-router';

type Link = Omit<React.ComponentProps<'a'>, 'color' | 'style'>;

/** A link within the dashboard, in text. */
export const TextLink = createLink(Anchor<'a'>);
/** One that looks like a button, and is a link: it can be opened in another tab. */
export const ButtonLink = createLink((props: Link & ButtonProps) => <Button component="a" {...props} />);
export const IconLink = createLink((props: Link & ActionIconProps) => (
  <ActionIcon component="a" {...props} />
));
/** One of the navigation. */
export const NavigationLink = createLink(NavLink<'a'>);
