import type { Knex } from 'knex';

const isPostgres = (knex: Knex): boolean => knex.client.config.client === 'pg';

/**
 * What the words of a text are on PostgreSQL: without accents, and without the signs that would make its parser see hosts,
 * paths and addresses instead of words. Both databases then find the same articles.
 */
const WORDS = `translate(lower(%), 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ/@._-', 'aaaaaaceeeeiiiinooooouuuuyy     ')`;
const vector = (column: string, weight: string): string =>
  `setweight(to_tsvector('simple', ${WORDS.replace('%', column)}), '${weight}')`;

const SEARCH_COLUMN = `alter table knowledge_article add column search tsvector
  generated always as (${vector('title', 'A')} || ${vector('summary', 'B')} || ${vector('body', 'C')}) stored`;

/** SQLite keeps its index beside the table, so every change of an article is told to it. */
const SEARCH_TABLE = `create virtual table knowledge_article_search using fts5(
  title, summary, body,
  content='knowledge_article', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')`;
const FORGET = `insert into knowledge_article_search (knowledge_article_search, rowid, title, summary, body)
  values ('delete', old.id, old.title, old.summary, old.body);`;
const LEARN = `insert into knowledge_article_search (rowid, title, summary, body)
  values (new.id, new.title, new.summary, new.body);`;
const TRIGGERS = [
  `create trigger knowledge_article_added after insert on knowledge_article begin ${LEARN} end`,
  `create trigger knowledge_article_removed after delete on knowledge_article begin ${FORGET} end`,
  `create trigger knowledge_article_changed after update on knowledge_article begin ${FORGET} ${LEARN} end`,
];

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('knowledge_category', (t) => {
    t.increments('id');
    t.string('name', 60).notNullable().unique();
    t.string('slug', 60).notNullable().unique();
    t.string('description', 200).notNullable().defaultTo('');
    t.integer('position').notNullable().defaultTo(0);
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('knowledge_article', (t) => {
    t.increments('id');
    t.integer('category_id').notNullable().references('knowledge_category.id').onDelete('RESTRICT').index();
    t.string('title', 120).notNullable();
    t.string('slug', 80).notNullable().unique();
    t.string('summary', 300).notNullable().defaultTo('');
    t.text('body').notNullable();
    t.boolean('is_published').notNullable().defaultTo(false);
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('knowledge_feedback', (t) => {
    t.increments('id');
    t.integer('article_id').notNullable().references('knowledge_article.id').onDelete('CASCADE');
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE').index();
    t.boolean('is_helpful').notNullable();
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
    t.unique(['article_id', 'user_id']);
  });
  if (isPostgres(knex)) {
    await knex.raw(SEARCH_COLUMN);
    await knex.raw('create index knowledge_article_search on knowledge_article using gin (search)');
    return;
  }
  await knex.raw(SEARCH_TABLE);
  for (const trigger of TRIGGERS) await knex.raw(trigger);
}

export async function down(knex: Knex): Promise<void> {
  if (!isPostgres(knex)) await knex.raw('drop table knowledge_article_search');
  await knex.schema.dropTable('knowledge_feedback');
  await knex.schema.dropTable('knowledge_article');
  await knex.schema.dropTable('knowledge_category');
}
