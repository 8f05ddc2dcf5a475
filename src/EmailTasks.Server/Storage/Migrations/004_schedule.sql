-- Scheduled tasks, and pauses that are taken off the 48 hours of temporary refusals.

-- What was approved: when it leaves, and the offset it was written with.
alter table plan add column plan_send_at integer;
alter table plan add column given_offset text;

-- What the scheduler looks at: neither draft nor overdue.
create index task_due on task (plan_send_at, id) where status = 1 and overdue = 0;

-- When a task stood still. The version is the one the pause made: it never comes twice.
create table task_pause (
  task text not null, version integer not null, at integer not null, ended_at integer, paused_by text not null,
  primary key (task, version)) without rowid;
