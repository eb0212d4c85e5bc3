import autocannon from 'autocannon';
import express from 'express';
import { benchApp, type Dialect, report, serve } from './support';

const ME = '/api/v1/producers/me/';
const SECONDS = 5;

/** The producer of a program, held against a bare Express route that sends the same bytes. */
export async function producerOfMe(dialect: Dialect): Promise<void> {
  console.log(`\n${ME} with an access token, 20 connections, ${dialect}`);
  const t = await benchApp(dialect, { API_RATE_PER_PERSON: '1000000' });
  const { access } = await t.tokens('alice');
  const { text } = await t.visitor().bring(access).get(ME).expect(200);
  const bare = express().get(ME, (_req, res) => {
    res.type('json').send(text);
  });
  const [ours, theirs] = [await serve(t.app), await serve(bare)];
  const headers = { authorization: `Bearer ${access}`, 'accept-encoding': 'identity' };
  const load = async (url: string, requests?: autocannon.Request[]): Promise<number> => {
    const result = await autocannon({
      url,
      headers,
      connections: 20,
      duration: SECONDS,
      ...(requests && { requests }),
    });
    if (result.non2xx > 0) throw new Error(`${result.non2xx} answers were no success`);
    return result.requests.average;
  };
  await load(ours.url + ME); // both warm up
  const plain = await load(theirs.url + ME);
  const show = (what: string, figure: number, target: string) =>
    report(
      what,
      `${figure.toFixed(0)} req/s`,
      `${((figure / plain) * 100).toFixed(0)} % of the bare route (${plain.toFixed(0)})`,
      target,
    );
  show('asked again and again', await load(ours.url + ME), 'at least 50 %');
  let count = 0;
  const setupRequest = (request: autocannon.Request) => {
    count += 1;
    return { ...request, path: `${ME}?n=${count}` };
  };
  show('when every request is new', await load(ours.url, [{ method: 'GET', path: ME, headers, setupRequest }]), '');
  await Promise.all([ours.close(), theirs.close()]);
  await t.close();
}
