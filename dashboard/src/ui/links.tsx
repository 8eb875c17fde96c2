import { ActionIcon, Anchor, Button, NavLink } from '@mantine/core';
import { createLink } from '@tanstack/react-router';

/** A link within the dashboard, in text. */
export const TextLink = createLink(Anchor<'a'>);
/** One that looks like a button. */
export const ButtonLink = createLink(Button<'a'>);
export const IconLink = createLink(ActionIcon<'a'>);
/** One of the navigation. */
export const NavigationLink = createLink(NavLink<'a'>);
