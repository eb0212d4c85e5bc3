export { createMailSender, type Mail, type MailSender, sealedColumns } from './mail';
export { type Letter, readOutbox } from './outbox';
export { countMail } from './queries';
export { outboxRoutes } from './routes';
