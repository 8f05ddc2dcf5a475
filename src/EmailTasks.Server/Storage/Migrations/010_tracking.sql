-- When a test mail that came back last showed whether the mail server signs both List headers (list_headers_signed).
alter table mailbox add column list_headers_at integer;
