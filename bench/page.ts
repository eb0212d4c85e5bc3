import autocannon from 'autocannon';
import express from 'express';
import { benchApp, report, serve } from './support';

const load = (url: string, headers: Record<string, string>) =>
  autocannon({ url, headers, connections: 20, duration: 5 });

/** The integrations page of a signed-in person, held against a bare Express route that sends the same bytes. */
export async function integrationsPage(): Promise<void> {
  console.log('\n/integrations/, signed in, 20 connections');
  const t = await benchApp('sqlite');
  const alice = t.visitor();
  const { headers: signedIn } = await alice.signIn('alice@example.com');
  const cookies = signedIn['set-cookie'] as unknown as string[];
  const cookie = cookies.map((line) => line.split(';', 1)[0]).join('; ');
  const page = await alice.get('/integrations/').set('Accept-Encoding', 'identity').expect(200);
  const bare = express().get('/integrations/', (_req, res) => {
    res.type('html').send(page.text);
  });
  const [ours, theirs] = [await serve(t.app), await serve(bare)];
  const headers = { cookie, 'accept-encoding': 'identity' };
  await load(`${ours.url}/integrations/`, headers);
  const bareResult = await load(`${theirs.url}/integrations/`, headers);
  const ourResult = await load(`${ours.url}/integrations/`, headers);
  const ratio = ourResult.requests.average / bareResult.requests.average;
  if (ourResult.non2xx > 0) throw new Error(`${ourResult.non2xx} answers were no pages`);
  report(
    'our page',
    `${ourResult.requests.average.toFixed(0)} req/s`,
    `${(ratio * 100).toFixed(0)} % of the bare route (${bareResult.requests.average.toFixed(0)})`,
    'at least 50 %',
  );
  await Promise.all([ours.close(), theirs.close()]);
  await t.close();
}
