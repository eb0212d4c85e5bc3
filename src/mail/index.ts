export { createMailSender, type Mail, type MailSender } from './mail';
export { type Letter, readOutbox } from './outbox';
export { countMail } from './queries';
export { outboxRoutes } from './routes';
