import type { Command } from 'commander';
import { cleanUp, createUser, findAccountByEmail, setPassword } from '../auth';
import { formatCount } from '../web/filters';
import { type CommandContext, CommandError, commandActor, note } from './context';
import { PASSWORD_HELP, readNewPassword } from './password-input';

interface CreateOptions {
  email: string;
  name: string;
  passwordStdin?: true;
}

/** `createsuperuser`: adds an account that may do everything. */
export function addCreateSuperuserCommand(program: Command, context: CommandContext): void {
  program
    .command('createsuperuser')
    .summary('add an account that may do everything')
    .description('Adds an account that may do everything.')
    .requiredOption('--email <address>', 'the e-mail address to sign in with')
    .option('--name <name>', 'how the person is called', '')
    .option('--password-stdin', 'read the password from standard input')
    .addHelpText('after', PASSWORD_HELP)
    .action(async (options: CreateOptions) => {
      const services = context.services();
      const { email, name } = options;
      if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) {
        throw new CommandError(`“${email}” is not an e-mail address, like name@example.com.`);
      }
      if ((await findAccountByEmail(services.db, email)) !== undefined) {
        throw new CommandError(
          `There is an account for ${email} already. Set its password with changepassword, or make it a superuser in the admin.`,
        );
      }
      const password = await readNewPassword(context, options);
      const powers = { isStaff: true, isSuperuser: true, emailVerified: true };
      await createUser(services, { email, name, password, ...powers }, commandActor('createsuperuser'));
      context.say(`${email} is a superuser and can sign in at ${services.config.baseUrl}/admin/login/.`);
    });
}

/** `changepassword`: sets another password for an account and ends its sessions. */
export function addChangePasswordCommand(program: Command, context: CommandContext): void {
  program
    .command('changepassword')
    .summary('set another password for an account')
    .description('Sets another password for an account. All its sessions end.')
    .argument('<email>', 'the e-mail address of the account')
    .option('--password-stdin', 'read the password from standard input')
    .addHelpText('after', PASSWORD_HELP)
    .action(async (email: string, options: { passwordStdin?: true }) => {
      const services = context.services();
      const account = await findAccountByEmail(services.db, email);
      if (account === undefined) throw new CommandError(`There is no account for ${email}.`);
      const password = await readNewPassword(context, options);
      await setPassword(services, account, password, commandActor('changepassword'));
      context.say(`${account.email} has a new password; all sessions of the account have ended.`);
      if (!account.isActive) context.note('The account is not active, so nobody can sign in with it.');
    });
}

/** `clearsessions`: removes what sign-in has left behind and nobody needs any more. */
export function addClearSessionsCommand(program: Command, context: CommandContext): void {
  program
    .command('clearsessions')
    .summary('remove sessions that have ended')
    .description('Removes sessions, access of programs, one-time links and counted sign-in tries whose time is over.')
    .action(async () => {
      const services = context.services();
      const { sessions, programs, tokens, throttles } = await cleanUp(services);
      const words = [
        formatCount(sessions, 'session'),
        `the access of ${formatCount(programs, 'program')}`,
        formatCount(tokens, 'link'),
        formatCount(throttles, 'counted try', 'counted tries'),
      ];
      const message = `Removed ${words.slice(0, -1).join(', ')} and ${words.at(-1)} whose time was over.`;
      if (sessions + programs + tokens + throttles > 0) {
        await note(services, 'clearsessions', {
          action: 'delete',
          objectType: 'auth.session',
          objectId: 'expired',
          objectLabel: 'sessions that have ended',
          message,
        });
      }
      context.say(message);
    });
}
