-- Who stops, who lets go, and who said what.

-- Why a task or a mailbox stands still: a set, one row for each reason. Mail leaves only when there is none.
create table hold (
  subject text not null, kind integer not null, source text not null, account text not null,
  reason text not null, problem text, fix text, key_id text, uid text, actor text, at integer not null, until integer,
  primary key (subject, kind, source)) without rowid;
-- Those that lift themselves; few.
create index hold_until on hold (until) where until is not null;

-- Pauses of before: a person's, unless the machine said why.
insert into hold (subject, kind, source, account, reason, problem, fix, at)
select id, case paused_by when 'guard' then 5 when 'restore' then 6 else 2 end, coalesce(paused_reason, paused_by, 'user'), account,
  coalesce(paused_reason, case paused_by when 'restore' then 'restore' else 'asked' end), paused_problem, paused_fix, updated_at
from task where status = 3;
insert into hold (subject, kind, source, account, reason, problem, fix, at, until)
select id, case paused_reason when 'paused_by_user' then 2 else 5 end, paused_reason, account,
  case paused_reason when 'paused_by_user' then 'asked' else paused_reason end, health_problem, health_fix, coalesce(health_since, updated_at), paused_until
from mailbox where paused_reason is not null and deleted_at is null;

-- Who planned a start, and who was the last to change what would leave.
alter table task add column scheduled_actor text;
alter table task add column scheduled_key text;
alter table task add column scheduled_uid text;
alter table task add column was_scheduled_for integer;
alter table task add column was_scheduled_actor text;
alter table task add column was_scheduled_uid text;
alter table task add column edited_actor text;
alter table task add column edited_key text;
alter table task add column edited_uid text;
alter table task add column created_actor text;
alter table task add column cancelled_actor text;
-- A copy of whom a stopped task had not mailed.
alter table task add column from_stopped integer not null default 0;
update task set
  scheduled_actor = (select k.actor from plan p join api_key k on k.id = p.key_id where p.task = task.id and p.plan_no = task.plan_no),
  scheduled_key = (select p.key_id from plan p where p.task = task.id and p.plan_no = task.plan_no),
  scheduled_uid = (select p.uid from plan p where p.task = task.id and p.plan_no = task.plan_no)
where status = 1;

-- Whose word stands in what agents may not rewrite: null is a person's, or of before.
alter table template add column edited_actor text;
alter table product add column edited_actor text;
alter table creator add column edited_actor text;
alter table suppression add column key_id text;
alter table suppression add column actor text;
alter table event add column key_id text;
alter table event add column actor text;

-- Whom the guard holds, whatever task they come back in. A row of held_set for each stop; its people are written behind it.
create table held_set (
  id integer primary key, account text not null, set_id integer not null, subject text not null, upto integer not null default 0,
  at integer not null, until integer not null, written integer not null default 0, lifted_at integer, lifted_by text);
create index held_set_account on held_set (account, id);
create index held_set_open on held_set (written) where written = 0;
create table held_person (
  account text not null, person text not null, held integer not null,
  primary key (account, person, held)) without rowid;

-- Refusals for good by mailbox and task, in buckets of ten minutes: of them, how many before the text (those count in no day of the mailbox).
create table mailbox_refusal (
  mailbox text not null, bucket integer not null, task text not null, hard integer not null, before_text integer not null,
  primary key (mailbox, bucket, task)) without rowid;
-- From when the guard counts a mailbox's refusals anew.
alter table mailbox add column guard_since integer not null default 0;

-- What somebody proposes as the outcome of an uncertain row; JSON.
alter table recipient add column proposal text;

-- People whom a plan mails although the guard held them.
alter table plan add column allow_held integer not null default 0;
