import type { Command } from 'commander';
import { listEntries, verifyChain } from '../audit';
import { formatCount } from '../web/filters';
import type { CommandContext } from './context';

/** `audit-verify`: proves that nobody has changed the audit log. */
export function addAuditVerifyCommand(program: Command, context: CommandContext): void {
  program
    .command('audit-verify')
    .summary('prove that the audit log is as it was written')
    .description(
      'Recomputes the hash of every audit entry. Ends with exit code 1 when one was changed, removed or put in between.',
    )
    .action(async () => {
      const { db } = context.services();
      const problems = await verifyChain(db);
      for (const { seq, problem } of problems) context.say(`Entry ${seq}: ${problem}.`);
      if (problems.length > 0) {
        context.note(`The audit log is not as it was written: ${formatCount(problems.length, 'problem')}.`);
        return context.failWith(1);
      }
      const [last] = await listEntries(db, { limit: 1 });
      context.say(`The audit log is as it was written: ${formatCount(last?.seq ?? 0, 'entry', 'entries')}.`);
    });
}
