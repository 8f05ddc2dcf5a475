-- Why an address was taken off the suppression list, and by whom.
alter table suppression add column removed_by text;
alter table suppression add column removed_reason text;

-- Persons with their addresses. The id is the account's own; no is the order they came in.
create table creator (
  account text not null, id text not null, no integer not null, name text not null, platform text not null, platform_key text not null,
  channel_id text not null, country text, addresses text not null, search text not null, created_at integer not null, updated_at integer not null,
  primary key (account, id)) without rowid;
create unique index creator_no on creator (account, no);
create index creator_channel on creator (account, platform_key, channel_id);

create table creator_address (
  account text not null, creator text not null, position integer not null, address text not null, address_key text not null,
  primary key (account, creator, address_key)) without rowid;

-- What one person was mailed by which task.
create index recipient_creator on recipient (account, creator_id) where creator_id is not null;

-- Which content of a task somebody has looked at in their own mailbox.
create table task_test (
  task text not null, content_digest text not null, uid text not null, at integer not null,
  primary key (task, content_digest)) without rowid;

-- A follow-up to those who did not reply leaves out whoever answers meanwhile: the set whose replies count.
alter table task add column skip_replied_set integer;
