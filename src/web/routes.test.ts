import express from 'express';
import request from 'supertest';
import { anyone, Routes } from './routes';

/** An app whose routes answer with their number, in the order in which they are given. */
function appOf(paths: readonly string[]) {
  const routes = new Routes('/shop');
  for (const [index, path] of paths.entries()) routes.get(path, anyone, (_req, res) => void res.send(String(index)));
  return express().use(routes.router);
}

describe('routes', () => {
  it('answer in the order in which they were declared, whatever their addresses begin with', async () => {
    const app = appOf(['/items/new/', '/:kind/all/', '/items/all/', '/items/:id/', '/:kind/:id/', '/']);
    const answerTo = async (path: string) => (await request(app).get(path)).text;
    expect(await answerTo('/shop/items/new/')).toBe('0');
    expect(await answerTo('/shop/items/all/')).toBe('1'); // declared before the one that begins more like it
    expect(await answerTo('/shop/items/7/')).toBe('3');
    expect(await answerTo('/shop/things/7/')).toBe('4');
    expect(await answerTo('/shop/')).toBe('5');
  });

  it('may be added to others that were asked for already', async () => {
    const routes = new Routes('/shop').get('/items/', anyone, (_req, res) => void res.send('items'));
    const app = express().use(routes.router);
    expect((await request(app).get('/shop/items/')).text).toBe('items');
    routes.post('/items/', anyone).get('/items/', anyone, (_req, res) => void res.send('never'));
    routes.api('/items/', anyone, { get: [(_req, res) => void res.send('nor this')] });
    expect((await request(app).get('/shop/items/')).text).toBe('items');
    expect((await request(app).delete('/shop/items/')).status).toBe(405);
  });

  it('are none for what only begins alike', async () => {
    const app = appOf(['/items/', '/items/:id/']);
    for (const path of [
      '/shop/items-more/',
      '/shop/ITEMS/',
      '/shop/items/7/more/',
      '/shopping/items/',
      '/shop%2Fitems/',
    ]) {
      expect((await request(app).get(path)).status).toBe(404);
    }
  });

  it('know the other spelling of an address, and a feature that is mounted between them', async () => {
    const before = new Routes('/shop').get('/items/', anyone, (_req, res) => void res.send('items'));
    const mounted = new Routes('').get('/shop/:what/', anyone, (_req, res) => void res.send('mounted'));
    before.mount(mounted).get('/late/', anyone, (_req, res) => void res.send('late'));
    const app = express().use(before.router);
    expect((await request(app).get('/shop/items')).headers.location).toBe('/shop/items/');
    expect((await request(app).get('/shop/late/')).text).toBe('mounted');
    expect((await request(app).get('/shop/items/')).text).toBe('items');
  });
});
