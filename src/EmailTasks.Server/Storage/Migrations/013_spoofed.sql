-- What is not believed, and what could not be read.

-- Messages that could not be taken in: tried some times, then set aside and reading goes on behind them.
create table unread_message (
  mailbox text not null, folder text not null, uidvalidity integer not null, uid text not null, size integer not null, hash text,
  tries integer not null, problem text not null, first_at integer not null, last_at integer not null, set_aside_at integer,
  primary key (mailbox, folder, uidvalidity, uid)) without rowid;
-- The last of them, for who asks how the mailbox does.
alter table mailbox add column set_aside_count integer not null default 0;
alter table mailbox add column set_aside_folder text;
alter table mailbox add column set_aside_uid text;
alter table mailbox add column set_aside_problem text;
alter table mailbox add column set_aside_at integer;

-- The name under which the mailbox's own server says whether a sender is who he says (RFC 8601), learnt with these settings of inbound.
alter table mailbox add column authserv_id text;
alter table mailbox add column authserv_for text;

-- How well it is known who said so: token, reference, address_verified or address_only; null where nobody outside said it.
alter table suppression add column strength text;
update suppression set strength = 'token' where source like 'link%';
update suppression set strength = (
  select case m.strength when 'token' then 'token' when 'address' then 'address_only' else 'reference' end from message m where 'message ' || m.id = suppression.source)
where source like 'message %';
-- All that is asked of an address stands in its index: SQLite would otherwise take the account's, and walk the whole log for each address.
drop index suppression_address;
create index suppression_address on suppression (address_key, account, removed_pos, reason, strength);
create index suppression_address_only on suppression (account, at) where strength = 'address_only';

-- When too many were suppressed by nothing but a sender's address: from when on, and when last. Null once a person looked.
alter table account add column address_only_since integer;
alter table account add column address_only_at integer;
