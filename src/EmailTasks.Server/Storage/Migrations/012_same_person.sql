-- Who is one person behind several addresses (a label behind a plus, Gmail's two names and its dots): asked by what counts who
-- had a mail already. Not unique: a person may be written to under two addresses. Older rows are filled in at the next start.
alter table recipient add column person_key text;
create index recipient_person on recipient (account, person_key);
-- What makes two contents the same words; the digest stays what a plan names.
alter table content add column same_key text;
create index content_same on content (same_key);
