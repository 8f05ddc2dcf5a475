-- What a key did on a day (days since 1970, UTC), for the quotas that keep one key from filling the disk.
create table key_day (
  key_id text not null, day integer not null, changes integer not null, bytes integer not null, tasks integer not null, copies integer not null, keys integer not null,
  primary key (key_id, day)
) without rowid;

-- Long texts of kept answers, each once, by the SHA-256 of their JSON form.
create table kept_text (
  account text not null, digest text not null, text blob not null, expires_at integer not null,
  primary key (account, digest)
) without rowid;
create index kept_text_expiry on kept_text (expires_at);
