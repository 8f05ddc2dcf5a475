-- Times are UTC microseconds, booleans 0/1, money decimal text, JSON text, ids text in binary collation:
-- the same on SQLite and PostgreSQL. Search columns are folded before they get here.

create table meta (key text primary key, value text not null);

-- Numbers that must never come twice: task numbers, recipient sets.
create table sequence (name text primary key, next integer not null);

create table account (
  id text primary key, company text, postal_address text, country text, time_zone text not null default 'UTC',
  created_at integer not null);

create table member (
  uid text primary key, account text not null, name text not null, email text, role integer not null,
  created_at integer not null, removed_at integer);
create index member_account on member (account);

create table api_key (
  id text primary key, account text not null, uid text not null, name text not null, hash text not null,
  actor text not null, scopes text, bounds text, expires_at integer, revoked_at integer, created_at integer not null);

-- A mailbox is also the lease that says who may work on it: one row lock guards both.
create table mailbox (
  id text primary key, account text not null, kind text not null, address text not null, address_key text not null,
  display_name text, owner_uid text not null, path text, smtp text, secret blob, inbound text, inbound_secret blob,
  per_minute integer, per_hour integer, per_day integer, connections integer not null,
  send_window text, dkim_selector text,
  health text not null default 'ok', health_reason text, health_since integer, next_try_at integer, health_problem text, health_fix text,
  failures integer not null default 0, paused_reason text, paused_until integer,
  lease_owner text, epoch integer not null default 0, expires_at integer not null default 0, begin_no integer not null default 0,
  in_flight integer not null default 0,
  version integer not null default 1, created_at integer not null, updated_at integer not null, deleted_at integer);
create index mailbox_account on mailbox (account, id);

create table mailbox_usage (
  mailbox text not null, "window" integer not null, bucket integer not null, n integer not null,
  primary key (mailbox, "window", bucket)) without rowid;

create table product (
  id text primary key, account text not null, title text not null, link text not null, price text, currency text,
  thumbnail_url text, tags text not null, search text not null,
  version integer not null default 1, created_at integer not null, updated_at integer not null);
create index product_account on product (account, id);

create table template (
  id text primary key, account text not null, name text not null, language text not null, subject text not null,
  html text, text text, variables text not null, search text not null,
  version integer not null default 1, created_at integer not null, updated_at integer not null);
create index template_account on template (account, id);

-- A task points at its recipients by set: replacing or deleting all of them is a new set, the old one is swept later.
create table task (
  id text primary key, no integer not null unique, account text not null, owner_uid text not null,
  name text not null, note text, search text not null, status integer not null, version integer not null default 1,
  settled integer not null default 0, reopened integer not null default 0,
  mailbox text, sender text, sender_version integer, sender_hash text,
  content_version integer not null default 0,
  set_id integer not null unique, next_seq integer not null default 1,
  plan_no integer not null default 0, plan_digest text, plan_send_at integer, overdue integer not null default 0, send_until integer,
  paused_by text, cutoff_at integer, source_task_id text,
  copying integer not null default 0, copy_set integer, copy_filter text, copy_cursor integer,
  created_at integer not null, updated_at integer not null, started_at integer, first_handed_at integer, finished_at integer);
create index task_account on task (account, id);
create index task_account_status on task (account, status, id);
-- Only what moves: started and not settled, or still being copied.
create index task_open on task (status) where settled = 0 and status in (2, 3, 5);
create index task_copying on task (copying) where copying = 1;

create table content (
  task text not null, version integer not null, subject text not null, html text, text text, text_derived integer not null,
  preheader text, digest text not null, variables text not null, created_at integer not null,
  primary key (task, version)) without rowid;

create table task_product (
  task text not null, id text not null, position integer not null, product text not null, product_version integer not null,
  title text not null, link text not null, price text, currency text, thumbnail_url text,
  primary key (task, id)) without rowid;

-- A recipient is its delivery row. State stands in no hot index.
create table recipient (
  set_id integer not null, seq integer not null, account text not null,
  address text not null, address_key text not null, domain text not null,
  name text, creator_id text, platform text, channel_id text, variables text, search text not null,
  state integer not null default 0, reason text, state_at integer,
  attempt integer not null default 0, tries integer not null default 0, unknown integer not null default 0,
  epoch integer, owner text, begin_id text, begun_at integer, first_try_at integer, done_at integer, next_attempt_at integer,
  reply_code integer, reply_enhanced text, reply_text text,
  bounced_at integer, replied_at integer, opened_at integer, clicked_at integer, unsubscribed_at integer, complained_at integer,
  accepted_before_retry integer not null default 0,
  primary key (set_id, seq)) without rowid;
create unique index recipient_address on recipient (set_id, address_key);
create index recipient_account_address on recipient (account, address_key);
create index recipient_retry on recipient (set_id, next_attempt_at) where next_attempt_at is not null;

create table task_counter (
  set_id integer not null, shard integer not null,
  pending integer not null default 0, handed integer not null default 0, sent integer not null default 0, failed integer not null default 0,
  uncertain integer not null default 0, suppressed integer not null default 0, cancelled integer not null default 0, expired integer not null default 0,
  retrying integer not null default 0, first_sent_at integer, last_sent_at integer,
  primary key (set_id, shard)) without rowid;

create table dropped_set (set_id integer primary key);

-- What a send was approved as. Never updated; rendering reads nothing else.
create table plan (
  task text not null, plan_no integer not null, set_id integer not null, digest text not null, render_version integer not null,
  content_version integer not null, sender text not null, products text not null, postal_address text, footer text, tracking text not null,
  send_until integer, suppression_pos integer not null, allow_repeat integer not null, uid text not null, key_id text not null, created_at integer not null,
  primary key (task, plan_no)) without rowid;

-- A log: an entry is never updated but for the position at which it was taken back.
create table suppression (
  account text not null, pos integer not null, address text not null, address_key text not null, reason text not null,
  source text not null, note text, at integer not null, removed_pos integer, removed_at integer,
  primary key (account, pos)) without rowid;
-- The address first and the position taken back last: with the account first, SQLite walks the whole log for each recipient.
create index suppression_address on suppression (address_key, account, removed_pos);

create table event (
  id integer primary key, account text not null, set_id integer not null, seq integer not null, attempt integer not null,
  kind text not null, at integer not null, detail text);
create index event_recipient on event (set_id, seq);

create table idempotency (
  account text not null, key_id text not null, idem_key text not null, request_hash text not null,
  data blob not null, summary text not null, next text, created_at integer not null, expires_at integer not null,
  primary key (account, key_id, idem_key)) without rowid;
create index idempotency_expiry on idempotency (expires_at);

create table audit (
  account text not null, seq integer not null, at integer not null, key_id text not null, uid text not null, actor text not null,
  command text not null, object_id text, request_id text not null, summary text not null, prev_hash text not null, hash text not null,
  primary key (account, seq)) without rowid;
