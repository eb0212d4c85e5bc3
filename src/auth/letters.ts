import type { Config } from '../config';
import type { Mail } from '../mail';
import { LINK_MINUTES } from './tokens';

// Links are built from the configured address alone; a request's own idea of our name never gets into a message.
const link = ({ baseUrl }: Config, path: string): string => `${baseUrl}${path}`;

const letter = (to: string, subject: string, ...paragraphs: string[]): Mail => ({
  to,
  subject,
  text: `${[...paragraphs, '— Flagstaff'].join('\n\n')}\n`,
});

const once = `The link works once and for ${LINK_MINUTES} minutes.`;
const ignore = 'If this was not you, there is nothing to do: without the link nothing happens.';

/** To an address without an account that somebody wants to sign up. */
export const confirmSignUp = (config: Config, to: string, token: string): Mail =>
  letter(
    to,
    'Finish creating your account',
    `Somebody, most likely you, wants to create an account for ${to} at ${config.baseUrl}.`,
    `To choose a name and a password, open:\n${link(config, `/verify/${token}`)}`,
    once,
    ignore,
  );

/** To an address that has an account already and is signed up again. */
export const alreadySignedUp = (config: Config, to: string): Mail =>
  letter(
    to,
    'You already have an account',
    `Somebody, most likely you, tried to create an account for ${to} at ${config.baseUrl}. There is one already.`,
    `To sign in, open:\n${link(config, '/login')}`,
    `If you do not know the password any more, open:\n${link(config, '/password/reset')}`,
    'If this was not you, there is nothing to do.',
  );

/** To somebody who asked for another password. */
export const resetPassword = (config: Config, to: string, token: string): Mail =>
  letter(
    to,
    'Choose a new password',
    `Somebody, most likely you, asked for a new password for ${to} at ${config.baseUrl}.`,
    `To choose one, open:\n${link(config, `/password/reset/${token}`)}`,
    `${once} Your present password stays until then.`,
    ignore,
  );

/** To an address that asked for another password but has no account. */
export const nothingToReset = (config: Config, to: string): Mail =>
  letter(
    to,
    'No account with this address',
    `Somebody, most likely you, asked for a new password for ${to} at ${config.baseUrl}. There is no account with this address that can sign in.`,
    `You may have used another address. To create an account, open:\n${link(config, '/signup')}`,
    'If this was not you, there is nothing to do.',
  );

/** To a new address, which somebody with an account says is theirs. */
export const confirmEmail = (config: Config, to: string, token: string): Mail =>
  letter(
    to,
    'Confirm your new e-mail address',
    `Somebody, most likely you, wants to sign in to ${config.baseUrl} as ${to} from now on.`,
    `To confirm it, open:\n${link(config, `/account/email/${token}`)}`,
    once,
    ignore,
  );

/** To a new address that belongs to another account already. */
export const emailInUse = (config: Config, to: string): Mail =>
  letter(
    to,
    'This address belongs to another account',
    `Somebody with an account at ${config.baseUrl} tried to use ${to} for it. This address has an account of its own, so nothing was changed.`,
    `To sign in to it, open:\n${link(config, '/login')}`,
  );

/** To the person whom a change concerns, at the address that was theirs before it. */
export const accountChanged = (
  config: Config,
  account: { email: string },
  what: 'Your password was changed' | 'Your e-mail address was changed',
  newEmail?: string,
): Mail =>
  letter(
    account.email,
    what,
    newEmail === undefined
      ? `The password of your account ${account.email} at ${config.baseUrl} was changed, and all its other sessions were ended.`
      : `Your account ${account.email} at ${config.baseUrl} now has the address ${newEmail}.`,
    newEmail === undefined
      ? `If this was not you, choose another password at once:\n${link(config, '/password/reset')}`
      : 'If this was not you, tell an administrator at once.',
  );
