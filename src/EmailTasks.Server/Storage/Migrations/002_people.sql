-- People, keys and account settings.

alter table account add column require_plan integer not null default 0;
alter table account add column compliance text not null default 'warn';
alter table account add column updated_at integer;

alter table member add column email_key text;
-- An address belongs to one member of an account; one who was removed makes room.
create unique index member_email on member (account, email_key) where removed_at is null and email_key is not null;

alter table api_key add column require_plan integer not null default 0;
create index api_key_account on api_key (account, id);

-- Mails that a key started, written in the transaction of the start: never counted twice, never lost.
create table key_usage (
  key_id text not null, at integer not null, task text not null, recipients integer not null,
  primary key (key_id, at, task)) without rowid;
