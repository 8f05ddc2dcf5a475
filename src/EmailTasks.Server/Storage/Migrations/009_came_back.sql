-- What came back: facts of recipients, their counters, and the messages themselves.

-- Whether opens and clicks are looked for; null leaves it to the default, which is on, but off for Gmail mailboxes.
alter table account add column track_opens integer;
alter table account add column track_clicks integer;
alter table task add column track_opens integer;
alter table task add column track_clicks integer;

-- What only a machine did so far, and automatic answers, which are no replies.
alter table recipient add column machine_opened_at integer;
alter table recipient add column machine_clicked_at integer;
alter table recipient add column auto_replied_at integer;

-- Recipients that were sent, by what came back; and reply messages, and the persons behind them.
alter table task_counter add column bounced integer not null default 0;
alter table task_counter add column opened integer not null default 0;
alter table task_counter add column machine_opened integer not null default 0;
alter table task_counter add column clicked integer not null default 0;
alter table task_counter add column machine_clicked integer not null default 0;
alter table task_counter add column replied integer not null default 0;
alter table task_counter add column auto_replied integer not null default 0;
alter table task_counter add column unsubscribed integer not null default 0;
alter table task_counter add column complained integer not null default 0;
alter table task_counter add column inbound_messages integer not null default 0;
alter table task_counter add column replied_creators integer not null default 0;

-- Persons who replied to a set: each counts once, however many addresses they have.
create table replier (set_id integer not null, person text not null, primary key (set_id, person)) without rowid;

-- What happened in which hour (microseconds of its start): mails sent, and recipients by their first open, click and reply.
create table task_hour (
  set_id integer not null, hour integer not null,
  sent integer not null default 0, opens integer not null default 0, clicks integer not null default 0, replies integer not null default 0,
  primary key (set_id, hour)) without rowid;

-- Whether somebody reads this mailbox, and up to when it is read. Who reads holds it for a while; reading twice would only cost.
alter table mailbox add column inbound_owner text;
alter table mailbox add column inbound_until integer not null default 0;
alter table mailbox add column inbound_failing_since integer;
alter table mailbox add column inbound_synced_at integer;
alter table mailbox add column inbound_problem text;
alter table mailbox add column inbound_fix text;
-- Whether the mail server's DKIM signature covers both List headers (RFC 8058 §4): null is unknown.
alter table mailbox add column list_headers_signed integer;

-- Where reading a folder goes on. Another uidvalidity means that the server numbers it anew.
create table inbound_folder (
  mailbox text not null, folder text not null, uidvalidity integer not null, next_uid integer not null,
  primary key (mailbox, folder)) without rowid;

-- A message that came in, once: by place, and by the hash of its bytes for servers that number anew. What does not concern a
-- task is known by its hash alone.
create table message (
  id text primary key, account text not null, mailbox text not null, folder text not null, uidvalidity integer not null, uid text not null, hash text not null,
  kind text not null, reason text, strength text, task text, set_id integer, seq integer, at integer not null,
  message_id text, from_address text, from_name text, subject text, snippet text, size integer not null, created_at integer not null);
create unique index message_place on message (mailbox, folder, uidvalidity, uid);
create unique index message_hash on message (mailbox, hash);
create index message_task on message (task, at, id) where task is not null;
create index message_recipient on message (set_id, seq) where set_id is not null;

-- Rows that only evidence or a person settles; few.
create index recipient_uncertain on recipient (set_id, seq) where state = 4;

-- The bytes as they came, packed.
create table message_raw (id text primary key, raw blob not null);

-- Message-IDs that a mail server put in place of ours, learnt from the copy it keeps.
create table learnt_id (mailbox text not null, message_id text not null, set_id integer not null, seq integer not null, primary key (mailbox, message_id)) without rowid;
