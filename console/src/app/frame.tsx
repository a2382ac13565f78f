// What is around every page, before the sign-in and behind it.
import { Outlet } from '@tanstack/react-router';
import { ConnectionBar } from './connection-bar';

export function Frame() {
  return <><ConnectionBar /><Outlet /></>;
}
