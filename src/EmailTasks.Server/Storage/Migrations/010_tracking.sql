-- Keys that sign deliveries, encrypted with the master key; number 0 is derived from it and stands nowhere.
create table token_key (no integer primary key, sealed blob not null, created_at integer not null);

-- Whether the mail server signs both List headers, as a copy of a test mail showed (list_headers_signed): what was found, and when.
alter table mailbox add column list_headers_at integer;
