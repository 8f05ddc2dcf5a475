-- The processes that dispatch, and when each was last seen: they share the mailboxes among those that live.
create table node (id text primary key, started_at integer not null, seen_at integer not null);

-- Since when the present epoch holds: rows of an older one are given up a while after.
alter table mailbox add column epoch_at integer not null default 0;
